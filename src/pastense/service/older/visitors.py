"""Visitors: people of whom no more is known than that somebody looked in.

Source: docs/wire.md "Visitors", decisions.md "The older API".
"""

from __future__ import annotations

from pastense.errors import NotFound, ParameterInvalid
from pastense.model import AuditEntry, Contact, Role, Workspace
from pastense.service.older.converting import Conversion, convert
from pastense.service.older.leads import add_person, change_person, find_person
from pastense.service.older.older_fields import (
    read_lead_change,
    read_named,
    read_object,
    read_text_field,
    read_user_change,
    require_named,
)
from pastense.service.people.deleting import delete_contact
from pastense.store.base import Named, Store

MISSING = "Visitor Not Found"


def add_visitor(store: Store, workspace: Workspace, body: dict[str, object], now: int) -> Contact:
    """Add a visitor, maybe with a `user_id` of its own; raises `ParameterInvalid` and, where the
    `user_id` is taken, `Conflict`."""
    change = read_lead_change(body, now)
    user_id = read_text_field("external_id", "user_id", body.get("user_id"))
    change.fields["external_id"] = user_id
    return add_person(store, workspace, Role.VISITOR, change, now)


def get_visitor(store: Store, workspace: Workspace, named: Named) -> Contact:
    """The visitor that `id` or `user_id` names; raises `ParameterNotFound` and `NotFound`."""
    return find_person(store, workspace, Role.VISITOR, named)


def save_visitor(
    store: Store,
    workspace: Workspace,
    body: dict[str, object],
    now: int,
    contact_id: str | None = None,
) -> Contact:
    """Change the visitor that the body names, or the one with `contact_id`; raises as
    `get_visitor`, and `ParameterInvalid`."""
    named = read_named(body if contact_id is None else body | {"id": contact_id})
    change = read_lead_change(body, now)
    return change_person(store, workspace, Role.VISITOR, named, change, now)


def delete_visitor(store: Store, workspace: Workspace, named: Named, entry: AuditEntry) -> Contact:
    """Delete a visitor and all it did for ever; raises `NotFound`."""
    visitor = get_visitor(store, workspace, named)
    try:
        return delete_contact(store, workspace, visitor.id, entry)
    except NotFound:
        raise NotFound(MISSING) from None


def convert_visitor(
    store: Store, workspace: Workspace, body: dict[str, object], now: int
) -> Contact:
    """Make a visitor a user or a lead, as `type` says: the one that `user` names, or a new one
    of its own. Raises as `convert`, and `ParameterNotFound` where somebody is not named."""
    source = require_named(
        read_named(read_object(body, "visitor"), "visitor."),
        "visitor",
        "missing visitor: send its user_id, id or email",
    )
    user = read_object(body, "user")
    named = read_named(user, "user.")
    role = _read_role(body.get("type"), named)
    if role == Role.USER:
        require_named(named, "user", "missing user: send id, user_id or email")
    change = read_user_change(user, named, now, "user.")
    wanted = Conversion(source, Role.VISITOR, role, named, change, MISSING, "visitor")
    return convert(store, workspace, wanted, now)


def _read_role(value: object, named: Named) -> Role:
    """`type`; where it is absent, a visitor that gets a name becomes a user, else a lead."""
    if value is None:
        return Role.LEAD if named == Named() else Role.USER
    if value == "user":
        return Role.USER
    if value == "lead":
        return Role.LEAD
    raise ParameterInvalid("type must be user or lead", "type")
