"""Model to public JSON: the catalogue of event names, calls of our own under `/pastense/v1/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pastense.model import EventName

_encode: Final = msgspec.json.Encoder().encode


def name_object(name: EventName) -> dict[str, Any]:
    """What a workspace knows of one name."""
    return {
        "type": "pastense.event_name",
        "name": name.name,
        "description": name.description,
        "archived": name.archived_at is not None,
        "archived_at": name.archived_at,
        "created_at": name.created_at,
        "first_seen_at": name.first_seen_at,
        "last_seen_at": name.last_seen_at,
        "count": name.count,
        "tracked_keys": [{"key": key.key, "type": key.type} for key in name.tracked_keys],
        "ignored_keys": [{"key": key.key, "count": key.count} for key in name.ignored_keys],
        "ignored_keys_other": name.ignored_keys_other,
    }


def name_body(name: EventName) -> bytes:
    """One name."""
    return _encode(name_object(name))


def name_list(names: Sequence[EventName], per_page: int, has_more: bool) -> bytes:
    """A page of names in order; `pages.next` is absent on the last one. The cursor is a name."""
    pages: dict[str, Any] = {"type": "pages", "per_page": per_page}
    if has_more:
        pages["next"] = {"per_page": per_page, "starting_after": names[-1].name}
    return _encode({"type": "list", "data": [name_object(n) for n in names], "pages": pages})
