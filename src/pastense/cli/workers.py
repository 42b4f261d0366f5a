"""Several server processes on one listening socket, watched by the process that began them."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

from pastense.store.base import StoreError, StoreRefused

RESTART_PAUSE_S: Final = 1.0
"""Before a process that ended is begun again: one that cannot even begin must not spin."""
_log = logging.getLogger("pastense.workers")


class Workers:
    """`count` children, each of which runs `serve`; one that ends without being told to is begun
    anew. A signal to the parent goes on to the children, which then stop cleanly; so they do where
    the parent is gone without a word, for they hold its port."""

    def __init__(self, count: int, serve: Callable[[], None]) -> None:
        self._count = count
        self._serve = serve
        self._children: set[int] = set()
        self._stopping = False
        # Nothing is ever written to it: it ends with the parent, and that is what is read.
        self._parent_reads, self._parent_holds = os.pipe()

    def run(self) -> None:
        """Begin all, and return once all have ended after a signal."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._begin()
        while self._children:
            self._wait_for_one()

    def _begin(self) -> None:
        # A signal between the fork and the note of it would miss the child.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        if not self._stopping:
            child = os.fork()
            if child == 0:
                self._be_a_child(blocked)
            self._children.add(child)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _be_a_child(self, blocked: Iterable[int]) -> NoReturn:
        code = 1
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._parent_holds)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            threading.Thread(target=self._follow_parent, name="parent", daemon=True).start()
            self._serve()
            code = 0
        except (StoreError, StoreRefused) as error:
            _log.error("server process %d cannot begin: %s", os.getpid(), error)
        except BaseException as error:
            if not isinstance(error, SystemExit):
                traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _follow_parent(self) -> None:
        """In a child: stop cleanly once the parent has ended, whatever ended it."""
        os.read(self._parent_reads, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _wait_for_one(self) -> None:
        child, status = os.wait()
        self._children.discard(child)
        if self._stopping:
            return
        ended = os.waitstatus_to_exitcode(status)
        _log.error("server process %d ended with %d; another one takes its place", child, ended)
        time.sleep(RESTART_PAUSE_S)
        self._begin()

    def _stop(self, number: int, _: FrameType | None) -> None:
        # A terminal sends Ctrl-C to the children as well. Sent once more it would be the second
        # one, which asks for a stop at once.
        passed_on = number if self._stopping else signal.SIGTERM
        self._stopping = True
        for child in tuple(self._children):
            with suppress(ProcessLookupError):
                os.kill(child, passed_on)
