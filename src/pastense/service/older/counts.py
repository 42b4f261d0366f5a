"""How many there are, as the older API counts: of all kinds, or of one kind by tag.

Source: docs/wire.md "The older API". There are no companies and no segments: they count 0.
"""

from __future__ import annotations

from typing import Final

from pastense.errors import ParameterInvalid
from pastense.model import Json, Role, Workspace
from pastense.store.base import Store

_ROLES: Final = {"user": Role.USER, "lead": Role.LEAD}
_PARTS: Final = {
    "user": ("tag", "segment"),
    "lead": ("tag", "segment"),
    "company": ("tag", "segment", "user"),
}


def count_all(store: Store, workspace: Workspace) -> dict[str, int]:
    """Every kind with its number."""
    tags = store.people.tag_counts(workspace, Role.USER)
    return {
        "company": 0,
        "segment": 0,
        "tag": len(tags),
        "user": store.people.count(workspace, Role.USER),
        "lead": store.people.count(workspace, Role.LEAD),
    }


def count_kind(store: Store, workspace: Workspace, kind: str, part: str | None) -> dict[str, Json]:
    """One kind as a number, or as a list of numbers under the names of its parts; raises
    `ParameterInvalid` for a kind or a part that is not counted."""
    if kind not in _PARTS:
        raise ParameterInvalid(f"type must be one of {', '.join(_PARTS)}", "type")
    role = _ROLES.get(kind)
    if part is None:
        return {"count": store.people.count(workspace, role) if role is not None else 0}
    if part not in _PARTS[kind]:
        raise ParameterInvalid(f"count must be one of {', '.join(_PARTS[kind])}", "count")
    if part != "tag" or role is None:
        return {part: []}
    return {part: [{name: count} for name, count in store.people.tag_counts(workspace, role)]}
