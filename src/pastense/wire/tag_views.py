"""Tags and segments as public JSON (docs/wire.md "Tags" and "Segments")."""

from __future__ import annotations

from typing import Any

import msgspec

from pastense.model import AppliedTag, Tag

_encode = msgspec.json.Encoder().encode


def tag_body(tag: Tag) -> bytes:
    """One tag."""
    return _encode(_tag(tag))


def tag_list(tags: list[Tag], *, older: bool) -> bytes:
    """All tags of a workspace; `older` asks for the shape of the versions 1.x."""
    data = [_tag(tag) for tag in tags]
    return _encode({"type": "tag.list", "tags": data} if older else {"type": "list", "data": data})


def applied_tag_body(applied: AppliedTag) -> bytes:
    """One tag of a contact."""
    return _encode(_applied(applied))


def applied_tag_list(applied: list[AppliedTag]) -> bytes:
    """The tags of a contact."""
    return _encode({"type": "list", "data": [_applied(one) for one in applied]})


def _tag(tag: Tag) -> dict[str, Any]:
    return {"type": "tag", "id": str(tag.number), "name": tag.name}


def _applied(applied: AppliedTag) -> dict[str, Any]:
    """The admin is the token that put the tag there, as in `/me`."""
    by = None if applied.applied_by is None else {"type": "admin", "id": str(applied.applied_by)}
    return {**_tag(applied.tag), "applied_at": applied.applied_at, "applied_by": by}
