"""The thread that the sandbox's server runs in, and the way to its event loop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from pastense.settings import Settings
from pastense.testing.served.application import SandboxApplication
from pastense.web.server import build_server
from pastense.web.state import State

T = TypeVar("T")
WAIT_S: Final = 30.0
"""How long a start, a stop and a call into the loop may take before it is an error."""


class ServerThread:
    """Serves in a thread of its own from `start` to `stop`."""

    def __init__(
        self,
        state: State,
        settings: Settings,
        application: SandboxApplication,
        listener: socket.socket,
    ) -> None:
        self._application = application
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self._server = build_server(state, settings, self._note_start, application.wrap)
        application.connection_of = self._server.connection_of
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def start(self) -> None:
        """Serve; returns once requests are answered. Raises `RuntimeError`."""
        self._thread.start()
        self._begun.wait(WAIT_S)
        if self._loop is None:
            raise RuntimeError("the sandbox's server did not start; its log says why")

    def quietly(self, work: Callable[[], T]) -> T:
        """Do something on the event loop while no request is under way."""
        loop = self._running_loop()
        return asyncio.run_coroutine_threadsafe(self._application.quietly(work), loop).result(
            WAIT_S
        )

    def on_loop(self, work: Callable[[], T]) -> T:
        """Do something on the event loop, between what requests do there."""

        async def run() -> T:
            return work()

        loop = self._running_loop()
        return asyncio.run_coroutine_threadsafe(run(), loop).result(WAIT_S)

    def stop(self) -> None:
        """End what hangs, then the server; returns when its thread has ended."""
        if self._loop is not None and self._thread.is_alive():
            self.on_loop(self._application.let_go)
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(WAIT_S)
        self._listener.close()
        self._loop = None

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or not self._thread.is_alive():
            raise RuntimeError("the sandbox is closed; make another one")
        return self._loop

    def _note_start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._begun.set()
