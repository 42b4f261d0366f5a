"""A whole server in this process: its folder in memory, its store, its thread, its token."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pastense.errors import ApiError
from pastense.limits import Limits
from pastense.model import AuditEntry, Json, Token
from pastense.profiles import PROFILES, WORKSPACE_SETTINGS
from pastense.service.administration.access import SCOPES, hash_secret, new_secret, revoke_token
from pastense.service.administration.workspaces import (
    WorkspaceChange,
    change_workspace,
    read_setting,
)
from pastense.settings import Settings
from pastense.store.sqlite.scratch import ScratchStore
from pastense.testing.clock import SandboxClock
from pastense.testing.faults import Faults
from pastense.testing.folder import MemoryFolder
from pastense.testing.requests import RequestLog
from pastense.testing.served.application import Control, SandboxApplication
from pastense.testing.served.thread import ServerThread
from pastense.testing.state import SandboxState
from pastense.versions import DEFAULT_VERSION
from pastense.web.server import base_url, listen

LIMITS: Final = Limits(webhook_private_targets=True, stop_timeout_s=2.0, busy_timeout_s=1.0)
"""A test's receiver of webhooks is on this machine, and nobody waits long for a sandbox to end."""
ACTOR: Final = "sandbox"
_TOKEN = re.compile(r"[!-~]{1,255}")


class Engine:
    """Everything that runs; `Sandbox` is its face. `close` may be called twice."""

    def __init__(
        self, host: str, port: int, token: str | None, settings: Mapping[str, object]
    ) -> None:
        """Raises `ValueError` on a bad token or setting, `CannotListen` on an address that
        cannot be had."""
        own, limits = _split(settings)
        self._process = os.getpid()
        self.token = new_secret() if token is None else _check_token(token)
        self.clock = SandboxClock()
        self.faults = Faults()
        self.requests = RequestLog()
        listener = listen(host, port)
        self.base_url = base_url(listener)
        self._folder = MemoryFolder()
        try:
            self.store = self._open_store(limits, own)
        except BaseException:
            listener.close()
            self._folder.close()
            raise
        served = Settings(host=host, port=port, limits=limits)
        self.state = SandboxState(self.store, self.clock, served)
        self._application = SandboxApplication(self.faults, self.requests, self.clock)
        self._thread = ServerThread(self.state, served, self._application, listener)

    def start(self, control: Control) -> None:
        """Serve, with `control` answering the sandbox's own calls."""
        self._application.control = control
        self._thread.start()

    def close(self) -> None:
        """End the server and remove what it kept. In a child process of the one that made it,
        this does nothing: the server is not there."""
        if self._process != os.getpid():
            return
        self._thread.stop()
        self.store.close()
        self._folder.close()

    def empty(self) -> None:
        """Everything as it was at the start: the store, the faults, the clock, the records."""
        self.faults.clear()
        self._thread.quietly(self._empty)

    def let_go(self) -> None:
        """Take back all faults; requests that hang lose their connections."""
        self.faults.clear()
        self._thread.on_loop(self._application.let_go)

    def use(self, settings: Mapping[str, object]) -> None:
        """Set a profile and settings of the workspace, until the sandbox is emptied; they hold
        for every later request. Raises `ValueError`."""
        change = {name: _read(name, value) for name, value in settings.items()}

        def work() -> None:
            self._change_settings(change)
            self.state.forget_accesses()

        self._thread.quietly(work)

    def revoke_token(self) -> None:
        """Calls with the token are 401 from now on."""

        def work() -> None:
            revoke_token(self.store.admin, self._token_row, self.clock.now(), ACTOR)
            self.state.forget_accesses()

        self._thread.quietly(work)

    def kept_refusals(self) -> list[Any]:
        """What the server keeps of refusals, newest first."""
        return self._thread.on_loop(lambda: self.state.refusals.of(self.workspace.number))

    def current_settings(self) -> dict[str, Json]:
        """What the workspace sets for itself, the profile included."""
        return self.store.admin.workspaces()[0].settings

    def _open_store(self, limits: Limits, settings: dict[str, Json]) -> ScratchStore:
        path = self._folder.path / "pastense.db"
        self.store = ScratchStore(path, self.clock, limits.busy_timeout_s)
        self.store.migrate(_nobody_asks)
        self.workspace = self.store.admin.workspaces()[0]
        self._change_settings(settings)
        self._token_row = self._keep_token()
        self.store.set_baseline()
        return self.store

    def _empty(self) -> None:
        self.state.begin_anew(self.store.restore_baseline)
        self.state.journal.clear()
        self.requests.clear()
        self.clock.reset()

    def _change_settings(self, settings: dict[str, Json]) -> None:
        change = WorkspaceChange(None, settings)
        change_workspace(self.store.workspaces, self.workspace, change, self.clock.now(), ACTOR)

    def _keep_token(self) -> Token:
        now = self.clock.now()
        token = Token(
            number=0,
            name=ACTOR,
            workspace=self.workspace,
            scopes=SCOPES,
            version=DEFAULT_VERSION,
            created_at=now,
        )
        entry = AuditEntry(self.workspace.number, now, ACTOR, "token created", {"name": ACTOR})
        return self.store.admin.create_token(token, hash_secret(self.token), entry)


def _check_token(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise ValueError("a token has 1 to 255 visible ASCII characters and no spaces")
    return token


def _split(settings: Mapping[str, object]) -> tuple[dict[str, Json], Limits]:
    """What the workspace sets for itself, and the limits of the server."""
    own = {name: _read(name, value) for name, value in settings.items() if _is_own(name)}
    others = {name: value for name, value in settings.items() if not _is_own(name)}
    for name in others:
        if name not in Limits.__struct_fields__:
            _read(name, None)  # It says which names there are.
    try:
        limits = msgspec.convert(msgspec.structs.asdict(LIMITS) | others, Limits)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; see the limits in docs/settings.md") from None
    problems = limits.problems()
    if problems:
        raise ValueError(problems[0])
    return own, limits


def _is_own(name: str) -> bool:
    return name == "profile" or name in WORKSPACE_SETTINGS


def _read(name: str, value: object) -> Json:
    """A setting of the workspace; raises `ValueError` with a sentence."""
    if name == "profile" and value not in PROFILES:
        raise ValueError(f"profile must be {' or '.join(PROFILES)}, not {value!r}")
    try:
        return read_setting(name, value)
    except ApiError as error:
        raise ValueError(str(error)) from None


def _nobody_asks(sentence: str, passing: bool) -> None:
    """How a store came to be that is gone in a moment is not worth a line in anybody's log."""
