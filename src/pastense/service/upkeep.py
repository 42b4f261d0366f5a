"""Work behind the answers: small steps, one after the other, in a thread of their own.

Each step does a little in one short transaction and says whether there is more to do. Between
steps the thread rests, so that ingest waits little. What a step needs to go on after a crash is
in the store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from pastense.bucket import WINDOW_S
from pastense.clock import Clock
from pastense.limits import DAY_S, Limits
from pastense.service.older import jobs
from pastense.service.retention import Pruning
from pastense.service.troubles import Troubles
from pastense.service.webhooks import delivery
from pastense.store.base import Store, StoreError

Step = Callable[[Store, Clock, Limits], bool]
PAUSE_MIN_S: Final = 0.02
PAUSE_MAX_S: Final = 1.0
"""Between them the rest after steps that did something."""
ROUND_S: Final = 60.0
"""How often everything is looked at when nobody asks."""
RATE_WINDOWS_KEPT: Final = 6
_log = logging.getLogger("pastense.upkeep")


def erase(store: Store, _: Clock, __: Limits) -> bool:
    """Erase some of what deleted contacts left."""
    return store.leaving.erase_step()


def move(store: Store, _: Clock, __: Limits) -> bool:
    """Move some events of merged contacts to where they belong."""
    return store.leaving.move_step()


def forget(store: Store, clock: Clock, limits: Limits) -> bool:
    """Forget people who were deleted long ago."""
    return store.leaving.forget_step(clock.now() - limits.tombstone_days * DAY_S)


def scrub(store: Store, _: Clock, __: Limits) -> bool:
    """Overwrite some of what erased rows left in the pages of the store."""
    return store.leaving.scrub_step()


def erase_tags(store: Store, _: Clock, __: Limits) -> bool:
    """Take away some of what deleted tags left on contacts."""
    return store.tags.erase_step()


def forget_jobs(store: Store, clock: Clock, _: Limits) -> bool:
    """Forget refused items of bulk calls after a day, and jobs after a week."""
    return jobs.forget_jobs(store, clock.now())


def tidy_webhooks(store: Store, clock: Clock, limits: Limits) -> bool:
    """Erase deliveries that are dead for long, and those of deleted subscriptions."""
    return delivery.tidy_step(store, clock, limits)


def forget_rates(store: Store, clock: Clock, _: Limits) -> bool:
    """Forget how many calls were made in windows that are over, on slower clocks too."""
    return store.rates.forget_step(clock.now() - RATE_WINDOWS_KEPT * WINDOW_S)


STEPS: Final[tuple[Step, ...]] = (
    *(erase, move, forget, scrub),
    *(erase_tags, forget_jobs, tidy_webhooks, forget_rates),
)
"""All steps that remember nothing, each taken in turn; one that returns True is taken again in
the next round."""


def rest_s(worked_s: float) -> float:
    """As long as the work took, within bounds: a store that is busy with others has half of the
    time for them alone."""
    return min(max(PAUSE_MIN_S, worked_s), PAUSE_MAX_S)


class Upkeep:
    """The thread that takes the steps."""

    def __init__(self, store: Store, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._steps: tuple[Step, ...] = (*STEPS, Pruning())
        self._troubles = Troubles(asking="the upkeep")
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin with a look at everything."""
        self._thread.start()

    def soon(self) -> None:
        """Look again at once: a request left something to do."""
        self._wake.set()

    def stop(self, timeout_s: float) -> None:
        """End after the step that is under way, or give up waiting for it."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(max(0.1, timeout_s))

    def _run(self) -> None:
        while not self._stopping.is_set():
            begun = time.monotonic()
            if self._round():
                self._stopping.wait(rest_s(time.monotonic() - begun))
            else:
                self._wake.wait(ROUND_S)
                self._wake.clear()

    def _round(self) -> bool:
        """Take each step once; whether any of them has more to do."""
        taken: list[bool | None] = []
        for step in self._steps:
            if self._stopping.is_set():
                return False
            taken.append(self._take(step))
        if None not in taken:
            self._troubles.answered()
        return any(taken)

    def _take(self, step: Step) -> bool | None:
        """One step, whether it has more to do; None where the store did not answer, which is asked
        again in a later round."""
        try:
            return step(self._store, self._clock, self._limits)
        except StoreError as error:
            self._troubles.failed(error)
            return None
        except Exception:
            _log.exception("%s broke", step.__name__)
        return False
