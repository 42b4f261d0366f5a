"""Rate limits that all processes on one database share: judged here, counted in the store.

The event loop judges most calls at once; a thread tells the store of many calls, those of all
workspaces with one statement. While the store does not answer, calls are counted in this process
alone: a limit is never a reason to answer 5xx.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from pastense.bucket import Share, Verdict, verdict, window_limit, window_start
from pastense.store.base import RateStore, RateWindow

WAIT_S: Final = 1.0
"""No call waits longer for the store."""
ALONE_S: Final = 1.0
"""A store that did not answer is asked again only after this."""
_log = logging.getLogger("pastense.web")
_Counted = asyncio.Future[dict[RateWindow, int]]


class _Told(msgspec.Struct, frozen=True):
    """What the store is told of a share: how many calls were let through, and which ones wait."""

    own: int
    waiting: list[asyncio.Future[int]]


class _Shared:
    """A share with the limit that holds in it, and the calls that wait for their places."""

    __slots__ = ("limit", "share", "waiting")

    def __init__(self, share: Share) -> None:
        self.share = share
        self.limit = 0
        self.waiting: list[asyncio.Future[int]] = []

    def is_due(self) -> bool:
        """Whether there is something to tell."""
        return bool(self.waiting) or self.share.is_due(self.limit)

    def told(self) -> _Told:
        """All that there is to tell now."""
        waiting, self.waiting = self.waiting, []
        return _Told(self.share.own, waiting)

    def settle(self, told: _Told, counted: int | None) -> int:
        """Give those that wait their places: by what was counted, or alone with None. Returns
        how many they were."""
        asking = len(told.waiting)
        if counted is None:
            before = self.share.go_on(told.own, asking)
        else:
            before = self.share.tell(told.own, asking, counted)
        there = [(n, one) for n, one in enumerate(told.waiting, before + 1) if not one.done()]
        for place, waiter in there:
            waiter.set_result(place)
        return len(there)


class Rates:
    """The current window of each workspace, by its number; for one event loop."""

    def __init__(
        self,
        store: RateStore,
        count_alone: Callable[[int], None],
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        """`count_alone` is told the workspace of each call that is counted in this process alone,
        because the store did not answer. The store is asked in `thread`, which has one."""
        self._store = store
        self._count_alone = count_alone
        self._shares: dict[int, _Shared] = {}
        self._due: dict[RateWindow, _Shared] = {}
        self._thread = thread or ThreadPoolExecutor(1, "rates")
        self._asked_at: float | None = None
        self._alone_until = 0.0

    async def take(self, workspace: int, per_minute: int, now: int) -> Verdict:
        """Count one call at the second `now`."""
        shared = self._shared(workspace, window_start(now))
        shared.limit = limit = window_limit(per_minute)
        share, asks = shared.share, not self._is_alone()
        place = share.judge(limit, asks)
        if not asks:
            self._count_alone(workspace)
        elif place is None:
            place = await self._ask(workspace, shared)
        elif share.is_due(limit):
            self._tell(workspace, shared)
        assert place is not None, "only one that asks waits"
        return verdict(share.start, limit, place)

    def stop(self, wait: bool) -> None:
        """Ask the store no more; with `wait` what is under way is over when this returns."""
        self._alone_until = float("inf")
        self._thread.shutdown(wait=wait, cancel_futures=True)

    def _shared(self, workspace: int, start: int) -> _Shared:
        shared = self._shares.get(workspace)
        if shared is None or shared.share.start != start:
            latest = None if shared is None else shared.share.latest
            shared = self._shares[workspace] = _Shared(Share(start, latest))
        return shared

    def _is_alone(self) -> bool:
        now = time.monotonic()
        hangs = self._asked_at is not None and now - self._asked_at > WAIT_S
        return hangs or now < self._alone_until

    async def _ask(self, workspace: int, shared: _Shared) -> int:
        """The place of a call, when the store knows of it."""
        share = shared.share
        alone = share.counted + share.own + share.asking
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        shared.waiting.append(waiter)
        self._tell(workspace, shared)
        try:
            async with asyncio.timeout(WAIT_S):
                return await waiter
        except TimeoutError:
            self._count_alone(workspace)
            return alone

    def _tell(self, workspace: int, shared: _Shared) -> None:
        """Tell the store, after what it is told now."""
        self._due[workspace, shared.share.start] = shared
        if self._asked_at is None:
            self._tell_due()

    def _tell_due(self) -> None:
        due = {window: shared for window, shared in self._due.items() if shared.is_due()}
        self._due.clear()
        if not due:
            return
        told = {window: shared.told() for window, shared in due.items()}
        calls = {window: one.own + len(one.waiting) for window, one in told.items()}
        self._asked_at = time.monotonic()
        loop = asyncio.get_running_loop()
        counted = loop.run_in_executor(self._thread, self._store.count, calls)
        counted.add_done_callback(partial(self._settle, due, told))

    def _settle(
        self, due: Mapping[RateWindow, _Shared], told: Mapping[RateWindow, _Told], asked: _Counted
    ) -> None:
        """The store answered, or it did not."""
        self._asked_at = None
        counted = self._read(asked)
        if counted is None:
            self._settle_alone(due, told)
            return
        for window, shared in due.items():
            shared.settle(told[window], counted[window])
        self._tell_due()

    def _settle_alone(
        self, due: Mapping[RateWindow, _Shared], told: Mapping[RateWindow, _Told]
    ) -> None:
        """What waits is counted here; also what was to be told next."""
        later, self._due = self._due, {}
        settled = [(window, shared, told[window]) for window, shared in due.items()]
        settled += [(window, shared, shared.told()) for window, shared in later.items()]
        for (workspace, _), shared, one in settled:
            for _ in range(shared.settle(one, None)):
                self._count_alone(workspace)

    def _read(self, asked: _Counted) -> dict[RateWindow, int] | None:
        if asked.cancelled():
            return None
        error = asked.exception()
        if error is None:
            return asked.result()
        _log.error("rate limits are counted in this process alone: %s", error)
        self._alone_until = max(self._alone_until, time.monotonic() + ALONE_S)
        return None
