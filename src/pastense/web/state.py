"""What all requests of one server process share, from its start to its end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from pastense.clock import Clock
from pastense.errors import Unavailable
from pastense.limits import TOKEN_CACHE_S, TOKENS_CACHED_MAX, Limits
from pastense.model import NewEvent, Outcome, WritePolicy
from pastense.service.administration.access import Access, find_access, read_secret
from pastense.service.events.committer import Committer, QueueFull, Result
from pastense.service.explaining.refusals import Refusals
from pastense.service.finishing import Finishing
from pastense.service.one_core import OneCore
from pastense.service.tally import Tally
from pastense.service.troubles import Troubles
from pastense.service.upkeep import Upkeep
from pastense.service.webhooks.delivery import Webhooks
from pastense.settings import Settings
from pastense.store.base import Store, StoreError, Then
from pastense.web.rates import Rates

P = ParamSpec("P")
T = TypeVar("T")
WRITE_THREADS: Final = 2
"""Contact writes wait for the store's one writer; they must not hold the readers' threads."""
OUTSIDE_THREADS: Final = 4
"""Calls that wait for the name service or for a receiver of webhooks hold nobody else up."""
OUTSIDE_WAITING_MAX: Final = 32
FINISHING_STOP_S: Final = 1.0
"""A part of a migration that takes longer is left to itself, and gone on with at the next start."""
_log = logging.getLogger("pastense.web")
Waiter = Callable[[Result], None]
"""Called on the event loop with what became of the events of one request."""


class State:
    """The store and what runs on top of it, with the two ways down: submit, or a thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        core: OneCore | None = None,
    ) -> None:
        self.store = store
        self.core = core or OneCore()
        self.clock = clock
        self.settings = settings
        self.limits = settings.limits
        self.tally = Tally()
        self._troubles = Troubles()
        self.refusals = Refusals(self.limits.refusals_kept_max)
        self.rates = self._new_rates()
        self.proxies = [ipaddress.ip_network(p, strict=False) for p in settings.trusted_proxies]
        self._limits_by_workspace: dict[int, Limits] = {}
        self._accesses: dict[bytes, tuple[Access, float]] = {}
        self._lookups: dict[bytes, asyncio.Future[Access]] = {}

    def start(self) -> None:
        """Begin to serve, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.store.limit_waiting()
        self._readers = self._new_pool(self.limits.read_threads, "reader")
        self._writers = self._new_pool(WRITE_THREADS, "writer")
        self.committer = Committer(
            self._write,
            self._deliver,
            self.limits.queue_events_max,
            self.limits.group_events_max,
            self.store.groups_at_once,
            self._troubles,
            self.core.join,
        )
        self.committer.start()
        self.upkeep = Upkeep(self.store, self.clock, self.limits)
        self.upkeep.start()
        self.finishing = Finishing(self.store)
        self.finishing.start()
        self._outside = self._new_pool(OUTSIDE_THREADS, "outside")
        self._outside_waiting = 0
        self.webhooks = Webhooks(self.store, self.clock, self.limits)
        self.webhooks.start()
        self.core.join()

    def stop(self, timeout_s: float) -> None:
        """Commit what is queued and end the threads; blocks for at most `timeout_s`."""
        end = time.monotonic() + timeout_s
        if not self.committer.stop(timeout_s):
            _log.error("the last group was not stored in time; its senders got no 202")
        self.upkeep.stop(end - time.monotonic())
        self.webhooks.stop(end - time.monotonic())
        self.finishing.stop(min(FINISHING_STOP_S, end - time.monotonic()))
        self.rates.stop(wait=False)
        self._outside.shutdown(wait=False, cancel_futures=True)
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False, cancel_futures=True)

    def begin_anew(self, empty: Callable[[], None]) -> None:
        """Empty the store with `empty`, and forget all that was kept in memory about it. Call it
        on the event loop while no request is under way."""
        delivering = self.webhooks.has_receivers
        if delivering:
            self.webhooks.stop(timeout_s=0)
        self.rates.stop(wait=True)
        empty()
        self.tally = Tally()
        self.refusals = Refusals(self.limits.refusals_kept_max)
        self.rates = self._new_rates()
        self.forget_accesses()
        if delivering:
            self.webhooks = Webhooks(self.store, self.clock, self.limits)
            self.webhooks.start()

    def forget_accesses(self) -> None:
        """Look every token up again, with the limits of its workspace."""
        self._accesses.clear()
        self._limits_by_workspace = {}

    def policy(self) -> WritePolicy:
        """What the store must know of the rules, at this moment."""
        return WritePolicy(self.clock.now(), self.limits, self._limits_by_workspace)

    async def submit(
        self, events: Sequence[NewEvent], then: Then | None = None, refused: int = 0
    ) -> list[Outcome]:
        """Hand events of one workspace to the committer and wait for the disk; `then` writes
        what belongs to them in the same transaction, `refused` items among it. Raises
        `Unavailable`."""
        if not events and then is None:
            return []
        waiting: asyncio.Future[Result] = self._loop.create_future()
        self.hand_over(events, partial(_wake, waiting), then, refused)
        result = await waiting
        if isinstance(result, StoreError):
            raise Unavailable from result
        return result

    def hand_over(
        self,
        events: Sequence[NewEvent],
        waiter: Waiter,
        then: Then | None = None,
        refused: int = 0,
    ) -> None:
        """Hand events of one workspace to the committer, which tells `waiter` what became of
        them; raises `Unavailable` where there is no room, and then nobody hears of it."""
        try:
            self.committer.submit(events, waiter, then, refused)
        except QueueFull:
            if events:
                self.tally.add(events[0].workspace, "submissions_refused_queue_full")
            raise Unavailable from None

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work that reads, in a thread."""
        return await self._run(self._readers, lambda: work(*args, **kwargs))

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work that writes, in a thread."""
        return await self._run(self._writers, lambda: work(*args, **kwargs))

    async def reach_out(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work that waits for somebody outside, in a thread; raises `Unavailable`
        where too many such calls wait."""
        if self._outside_waiting >= OUTSIDE_WAITING_MAX:
            raise Unavailable("Too many calls wait for receivers of webhooks; try again")
        self._outside_waiting += 1
        try:
            return await self._run(self._outside, lambda: work(*args, **kwargs))
        finally:
            self._outside_waiting -= 1

    def counters(self, workspace: int) -> dict[str, int]:
        """All that this process counted for a workspace, by name."""
        counts = self.tally.counts(workspace) | self.webhooks.counts(workspace)
        return dict(sorted(counts.items()))

    async def access(self, authorization: bytes) -> Access:
        """What the header's token opens; believed for half a second, looked up once at a time."""
        known = self.known_access(authorization)
        if known is not None:
            return known
        lookup = self._lookups.get(authorization)
        if lookup is None:
            lookup = asyncio.ensure_future(self._look_up(authorization))
            self._lookups[authorization] = lookup
            lookup.add_done_callback(lambda _: self._lookups.pop(authorization, None))
        try:
            return await asyncio.shield(lookup)
        finally:
            # A lookup that failed leads here, and must not be led to from here as well.
            del lookup

    def known_access(self, authorization: bytes) -> Access | None:
        """What the header's token opens, where that was looked up a moment ago."""
        kept = self._accesses.get(authorization)
        fresh = kept is not None and time.monotonic() - kept[1] < TOKEN_CACHE_S
        return kept[0] if kept is not None and fresh else None

    async def _look_up(self, authorization: bytes) -> Access:
        secret = read_secret(authorization.decode("latin-1"))
        read_at = time.monotonic()
        self._accesses.pop(authorization, None)
        access = await self.read(find_access, self.store.admin, secret, self.limits)
        self._limits_by_workspace[access.token.workspace.number] = access.limits
        if len(self._accesses) >= TOKENS_CACHED_MAX:
            self._accesses.clear()
        self._accesses[authorization] = (access, read_at)
        return access

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await self._loop.run_in_executor(pool, work)
        except StoreError as error:
            self._troubles.failed(error)
            raise Unavailable from error

    def _new_rates(self) -> Rates:
        return Rates(
            self.store.rates,
            lambda number: self.tally.add(number, "calls_counted_alone"),
            self._new_pool(1, "rates"),
        )

    def _new_pool(self, threads_max: int, name: str) -> ThreadPoolExecutor:
        """Threads that the loop's begins when they are first needed, and that may run anywhere."""
        return ThreadPoolExecutor(threads_max, name, initializer=self.core.leave)

    def _write(self, group: Sequence[NewEvent], then: Then | None) -> list[Outcome]:
        return self.store.events.write(group, self.policy(), then)

    def _deliver(self, results: list[tuple[Waiter, Result]]) -> None:
        """Wake all waiters of a group with one call into the loop."""
        try:
            self._loop.call_soon_threadsafe(_resolve, results)
        except RuntimeError:
            _log.warning("%d senders were gone before their events were stored", len(results))


def _resolve(results: list[tuple[Waiter, Result]]) -> None:
    for waiter, result in results:
        try:
            waiter(result)
        except Exception:
            _log.exception("a sender could not be told what became of its events")


def _wake(waiting: asyncio.Future[Result], result: Result) -> None:
    if not waiting.done():
        waiting.set_result(result)
