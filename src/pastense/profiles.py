"""Which limits a workspace may set for itself, and the profiles that set several in one word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pastense.limits import Limits

WORKSPACE_SETTINGS: Final = frozenset(
    (
        *("create_unknown_contacts", "event_names_max", "list_window_days", "metadata_keys_max"),
        *("rate_limit_per_minute", "retention_days", "tracked_keys_enforced", "tracked_keys_max"),
    )
)
"""The limits that a workspace may set for itself."""
PROFILES: Final[dict[str, dict[str, Any]]] = {
    "open": {},
    "like-intercom": {
        "event_names_max": 120,
        "list_window_days": 90,
        "metadata_keys_max": 10,
        "rate_limit_per_minute": 10_000,
        "tracked_keys_enforced": True,
        "tracked_keys_max": 10,
    },
}
"""Several limits in one word (decisions.md, "Settings of a workspace")."""


def workspace_limits(limits: Limits, settings: Mapping[str, Any]) -> Limits:
    """The limits that hold in a workspace: what it sets itself, then its profile, then the
    server's. `settings` holds `profile` and names of `WORKSPACE_SETTINGS`, checked before."""
    profile = PROFILES.get(settings.get("profile", "open"), {})
    own = {name: value for name, value in settings.items() if name in WORKSPACE_SETTINGS}
    return msgspec.structs.replace(limits, **(profile | own)) if profile or own else limits
