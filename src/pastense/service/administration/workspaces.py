"""Workspaces: made, renamed, and what each sets for itself, with where each value comes from.

Source: decisions.md "Settings of a workspace".
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, get_type_hints

import msgspec

from pastense.clock import Clock
from pastense.errors import ParameterInvalid
from pastense.identity import new_workspace_id
from pastense.limits import LABEL_CHARACTERS_MAX, Limits
from pastense.model import AuditEntry, Json, Workspace
from pastense.profiles import PROFILES, WORKSPACE_SETTINGS, workspace_limits
from pastense.service.administration.access import COMMAND_LINE
from pastense.settings import DESCRIPTIONS, Settings
from pastense.store.base import WorkspaceStore

PROFILE: Final = "profile"
SETTING_NAMES: Final = (PROFILE, *sorted(WORKSPACE_SETTINGS))
"""All names that a workspace may set, in the order in which they are shown."""
UNITS: Final[dict[str, str]] = {
    "event_names_max": "names",
    "list_window_days": "days",
    "metadata_keys_max": "keys",
    "rate_limit_per_minute": "calls per minute",
    "retention_days": "days",
    "tracked_keys_max": "keys",
}
_SHOWN_CHARACTERS_MAX: Final = 100
"""So much of an unknown name is repeated."""
_NEAR: Final = 0.7
"""How like an unknown name a setting's name must be to be what was meant."""
_KINDS: Final[dict[str, Any]] = get_type_hints(Limits, include_extras=True)


class WorkspaceSetting(msgspec.Struct, frozen=True):
    """One setting as it holds in a workspace; `source` is "workspace", "profile" or "server"."""

    name: str
    value: Json
    source: str
    unit: str | None
    meaning: str


class WorkspaceChange(msgspec.Struct, frozen=True):
    """What is to be changed; a setting that is None is taken away."""

    name: str | None
    settings: dict[str, Json]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is to be changed."""
        return self.name is None and not self.settings

    @property
    def detail(self) -> dict[str, Json]:
        """What the audit log says of it."""
        name: dict[str, Json] = {} if self.name is None else {"name": self.name}
        return {**name, "settings": dict(self.settings)} if self.settings else name


def create_workspace(
    store: WorkspaceStore, clock: Clock, name: str, actor: str = COMMAND_LINE
) -> Workspace:
    """Add a workspace that sets nothing for itself."""
    now = clock.now()
    workspace = Workspace(0, new_workspace_id(), read_label(name, "name"), now)
    detail: dict[str, Json] = {"workspace": workspace.id, "name": workspace.name}
    return store.create(workspace, AuditEntry(None, now, actor, "workspace created", detail))


def change_workspace(
    store: WorkspaceStore, workspace: Workspace, change: WorkspaceChange, now: int, actor: str
) -> Workspace:
    """Rename a workspace and change its settings, as far as said; returns it as it then is."""
    if change.is_empty:
        return current_workspace(store, workspace)
    entry = AuditEntry(workspace.number, now, actor, "workspace changed", change.detail)
    changed = store.change(workspace.number, change.name, change.settings, entry)
    assert changed is not None, "a workspace is never removed"
    return changed


def current_workspace(store: WorkspaceStore, workspace: Workspace) -> Workspace:
    """The workspace as it is on disk now: what came with a token may be half a second old."""
    found = store.find(workspace.id)
    assert found is not None, "a workspace is never removed"
    return found


def read_change(body: Mapping[str, object]) -> WorkspaceChange:
    """The change that a JSON body asks for; raises `ParameterInvalid`."""
    for setting in SETTING_NAMES:
        if setting in body:
            message = f"{setting} is a setting: send it in the object settings"
            raise ParameterInvalid(message, setting)
    name = read_label(body["name"], "name") if "name" in body else None
    settings = body.get("settings", {})
    if not isinstance(settings, dict):
        raise ParameterInvalid("settings must be an object of names and values", "settings")
    return WorkspaceChange(name, {n: read_setting(n, value) for n, value in settings.items()})


def read_setting(name: str, value: object, *, from_text: bool = False) -> Json:
    """A setting's value, checked; None takes the workspace's own value away.

    With `from_text` the value is a text that a person wrote. Raises `ParameterInvalid` with the
    field `settings.<name>`.
    """
    if name not in SETTING_NAMES:
        shown = name[:_SHOWN_CHARACTERS_MAX]
        raise ParameterInvalid(_no_setting(shown), f"settings.{shown}")
    if value is None:
        return None
    if name == PROFILE:
        return _read_profile(value, from_text)
    return _read_limit(name, value, from_text)


def read_label(value: object, field: str) -> str:
    """The name of a workspace or a token; raises `ParameterInvalid`."""
    if isinstance(value, str) and 1 <= len(value) <= LABEL_CHARACTERS_MAX and _is_clean(value):
        return value
    raise ParameterInvalid(
        f"{field} must be text of 1 to {LABEL_CHARACTERS_MAX} characters, no control characters",
        field,
    )


def settings_of(workspace: Workspace, server: Settings) -> list[WorkspaceSetting]:
    """What holds in a workspace, where the server has these settings."""
    limits = workspace_limits(server.limits, workspace.settings)
    return [_setting(name, workspace, server, limits) for name in SETTING_NAMES]


def setting_bounds(name: str) -> tuple[int, int] | None:
    """The smallest and the largest value of a setting that is a number; None for one that is
    true or false."""
    kind = _KINDS[name]
    if kind is bool:
        return None
    (bounds,) = kind.__metadata__
    return bounds.ge, bounds.le


def _no_setting(name: str) -> str:
    """What to say of a name that no setting has; names what may have been meant."""
    plain = name.lower().replace("-", "_")
    near = get_close_matches(plain, SETTING_NAMES, 1, _NEAR)
    known = f"are {', '.join(SETTING_NAMES)}"
    meant = f"did you mean {near[0]}? There {known}" if near else f"there {known}"
    return f"{name} is no setting of a workspace; {meant}"


def _setting(name: str, workspace: Workspace, server: Settings, limits: Limits) -> WorkspaceSetting:
    own = workspace.settings
    if name in own:
        source = "workspace"
    else:
        in_profile = name in PROFILES.get(str(own.get(PROFILE)), {})
        source = PROFILE if in_profile else "server"
    found = own.get(name, server.profile) if name == PROFILE else getattr(limits, name)
    return WorkspaceSetting(name, found, source, UNITS.get(name), DESCRIPTIONS[name])


def _read_profile(value: object, from_text: bool) -> str:
    if isinstance(value, str) and value in PROFILES:
        return value
    words = " or ".join(PROFILES) + ("" if from_text else ", or null")
    raise ParameterInvalid(f"profile must be {words}", "settings.profile")


def _read_limit(name: str, value: object, from_text: bool) -> Json:
    plain = int if setting_bounds(name) else bool
    fits = from_text or isinstance(value, plain) or (plain is int and isinstance(value, float))
    try:
        found: Json = msgspec.convert(value, _KINDS[name], strict=False) if fits else None
    except msgspec.ValidationError:
        found = None
    if found is None:
        words = _words(name) + ("" if from_text else ", or null")
        raise ParameterInvalid(f"{name} must be {words}", f"settings.{name}")
    return found


def _words(name: str) -> str:
    """What a value must be."""
    bounds = setting_bounds(name)
    return f"a whole number from {bounds[0]} to {bounds[1]}" if bounds else "true or false"


def _is_clean(text: str) -> bool:
    """Without control characters and without what is no Unicode text."""
    return not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)
