"""What work leaves to the collector: rings of garbage, which no count of references gives back."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TIMES = 20


@contextmanager
def rested_collector() -> Iterator[None]:
    """Nothing is collected within the block but by the test."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def left_by(work: Callable[[], object]) -> Counter[str]:
    """What so many times of it leave to the collector, by the names of types: what is there for
    at least half of them, so that what else happens in the process does not count."""
    work()
    work()
    with rested_collector():
        for _ in range(TIMES):
            work()
        # The last of them may still be on its way out of the server's threads.
        time.sleep(0.05)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found = Counter(type(one).__name__ for one in gc.garbage)
    return Counter({name: count for name, count in found.items() if 2 * count >= TIMES})
