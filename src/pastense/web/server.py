"""Run the application on uvicorn: the socket, the signals, the sweep of slow clients."""

from __future__ import annotations

import asyncio
import errno
import gc
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from pastense.settings import Settings
from pastense.web.app import Application
from pastense.web.direct import ShortCycle
from pastense.web.protocol import GuardedProtocol, guarded_protocol
from pastense.web.state import State

BACKLOG_CONNECTIONS = 2048
COLLECTOR_THRESHOLDS = (100_000, 10, 10)
_TICKS_PER_SWEEP = 10
"""uvicorn ticks ten times a second."""


class CannotListen(Exception):
    """The address cannot be listened on; the message says what to do."""


class PastenseServer(uvicorn.Server):
    """uvicorn's server, which ends with success after a signal and sweeps its connections."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        each_second: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._each_second = each_second

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and let nobody go without an answer: where a second Ctrl-C came, the loop only
        cancels its own tasks."""
        await super().shutdown(sockets)
        tasks: list[object] = list(self.server_state.tasks)
        for task in tasks:
            if isinstance(task, ShortCycle):
                task.cancel()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: perhaps sweep; True ends the server."""
        if counter % _TICKS_PER_SWEEP == 0:
            self._each_second()
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, GuardedProtocol):
                    connection.check_deadlines(now)
        return await super().on_tick(counter)

    def connection_of(self, client: object) -> asyncio.Transport | None:
        """The open connection of a client, by the address in a request's scope."""
        for connection in self.server_state.connections:
            if isinstance(connection, GuardedProtocol) and connection.client == client:
                return connection.transport
        return None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal asks for a clean stop, a second Ctrl-C for one at once. Unlike uvicorn's
        own, nothing is raised again after the stop, and a signal that comes later is not
        heard: a clean stop is a success."""
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread:
            _on_signals(self.handle_exit)
        yield
        if in_main_thread:
            _on_signals(signal.SIG_IGN)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `CannotListen` with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise CannotListen(_listen_problem(host, port, error)) from error
    return listener


def base_url(listener: socket.socket) -> str:
    """Where the socket listens, as a URL to paste."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    state: State, settings: Settings, listener: socket.socket, on_started: Callable[[], None]
) -> None:
    """Serve until a signal asks to stop; blocks. The store stays open."""
    _let_collector_rest()
    build_server(state, settings, on_started).run(sockets=[listener])


def _let_collector_rest() -> None:
    """What was loaded stays for good, and need not be looked through again for rings of garbage.
    Requests leave none, but a list makes tens of thousands of objects: with the usual thresholds
    the collector took an eighth of its time."""
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def build_server(
    state: State,
    settings: Settings,
    on_started: Callable[[], None],
    wrap: Callable[[ASGIApp], ASGIApp] | None = None,
) -> PastenseServer:
    """The configured server, for `serve` and for tests that run it in a thread. What `wrap`
    makes of the application is served in its place: the sandbox puts itself around it."""
    application = Application(state)
    limits = settings.limits
    config = uvicorn.Config(
        wrap(application) if wrap else application,
        http=guarded_protocol(limits, None if wrap else application),
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG_CONNECTIONS,
        timeout_keep_alive=limits.idle_timeout_s,  # type: ignore[arg-type] # only slept for
        timeout_graceful_shutdown=max(1, int(limits.stop_timeout_s / 2)),
    )
    return PastenseServer(config, on_started, state.core.look)


def raise_file_limit(wanted: int) -> None:
    """Allow as many open files as the system lets us: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < target:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


def _on_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _listen_problem(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; stop what listens there or choose --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights; choose a --port above 1023"
    return f"cannot listen on {host}:{port}: {error.strerror or error}; choose --host and --port"
