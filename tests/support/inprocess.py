"""Run the real server in a thread of the test, with a clock that the test can move."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.model import Outcome, Workspace
from pastense.service.administration.access import DEFAULT_SCOPES, create_token
from pastense.settings import Settings
from pastense.store.base import Store
from pastense.store.opening import open_store
from pastense.web.server import build_server, listen
from pastense.web.state import State

WAIT_S = 20.0
NOW = 1_800_000_000
"""Where a test's clock stands at first: 2027-01-15."""


@dataclass
class Reply:
    """One HTTP answer; `json` is the decoded body, None where it is empty."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def error(self) -> tuple[int, str, str | None]:
        """(status, code, field) of the first error."""
        first = self.json["errors"][0]
        return self.status, first["code"], first["field"]


@dataclass
class InProcess:
    """A serving thread: where it listens, its store and its clock."""

    port: int
    store: Store
    state: State
    clock: ManualClock
    secret: str = ""
    workspace: Workspace | None = None
    """Whose tokens are made: the first one's where it is None."""

    def make_token(
        self,
        *scopes: str,
        version: str = "2.14",
        expires_at: int | None = None,
        workspace: Workspace | None = None,
    ) -> str:
        """A fresh token, of this workspace unless another one is given."""
        secret, _ = create_token(
            self.store.admin,
            self.clock,
            name="test",
            workspace=workspace or self.workspace or self.store.admin.workspaces()[0],
            scopes=scopes or DEFAULT_SCOPES,
            version=version,
            expires_at=expires_at,
        )
        return secret

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        token: str | None = None,
    ) -> Reply:
        """One request on a fresh connection; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {token or self.secret}", **(headers or {})}
        given = {name: value for name, value in given.items() if value}
        try:
            connection.request(method, path, sent, given)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        finally:
            connection.close()

    def raw(self, data: bytes, *, timeout_s: float = 10, until_close: bool = True) -> bytes:
        """Send bytes as they are; everything that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            connection.sendall(data)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
                if not until_close:
                    break
            return received

    def post_event(self, **fields: object) -> Reply:
        """Post one event with sensible fields unless they are given."""
        event = {"event_name": "did", "created_at": self.clock.now(), "user_id": "u1"} | fields
        return self.call("POST", "/events", {k: v for k, v in event.items() if v is not None})

    def listed(self, query: str = "user_id=u1") -> list[dict[str, Any]]:
        """The first 150 events of a contact."""
        return self.call("GET", f"/events?type=user&per_page=150&{query}").json["events"]


def hang(server: InProcess, gate: threading.Event) -> None:
    """Make the disk hang until the gate opens: what is submitted waits at the store's door."""
    write = server.state.committer._write

    def waiting(*group: Any) -> list[Outcome]:
        gate.wait(WAIT_S)
        return write(*group)

    server.state.committer._write = waiting


def wait_for_events(server: InProcess, count: int) -> None:
    """Until so many events wait for the disk."""
    end = time.monotonic() + WAIT_S
    while server.state.committer.events_waiting < count:
        assert time.monotonic() < end, "the events never came to wait"
        time.sleep(0.01)


@contextmanager
def in_process(folder: Path, database: str = "", **given: Any) -> Iterator[InProcess]:
    """A server on the folder's store, or on that of a `database` address, which is made where
    there is none, with a user "u1", its settings and limits as given."""
    clock = ManualClock(NOW)
    store, _ = open_store(database or f"sqlite:{folder}/pastense.db", clock, 5.0)
    limits = {name: given.pop(name) for name in list(given) if name in Limits.__struct_fields__}
    settings = Settings(limits=Limits(**limits), **given)
    state = State(store, clock, settings)
    listener = listen("127.0.0.1", 0)
    started = threading.Event()
    server = build_server(state, settings, started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    port = listener.getsockname()[1]
    thread.start()
    try:
        assert started.wait(10), "the server did not start"
        running = InProcess(port, store, state, clock)
        running.secret = running.make_token()
        created = running.call("POST", "/contacts", {"role": "user", "external_id": "u1"})
        assert created.status in (200, 409), created
        yield running
    finally:
        server.should_exit = True
        thread.join(20)
        store.close()
    assert not thread.is_alive(), "the server did not stop"
