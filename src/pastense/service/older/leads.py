"""Leads of the older API, which calls them contacts: saved, found, archived, converted.

Source: docs/wire.md "The older API", decisions.md "The older API".
"""

from __future__ import annotations

from pastense.errors import NotFound, ParameterNotFound
from pastense.model import Contact, Json, Role, Workspace
from pastense.service.older.converting import Conversion, convert
from pastense.service.older.older_fields import (
    read_lead_change,
    read_named,
    read_object,
    read_user_change,
    require_named,
)
from pastense.service.people.contacts import archive_contact, store_refusals
from pastense.store.base import Change, Named, Store

MISSING = "Lead Not Found"


def save_lead(
    store: Store,
    workspace: Workspace,
    body: dict[str, object],
    now: int,
    contact_id: str | None = None,
) -> Contact:
    """Change the lead that `id` or `user_id` names, or the one with `contact_id`; where neither
    is given, add one. An email names nobody here: leads may share it.

    Raises `ParameterInvalid` and, for an unknown lead, `NotFound`.
    """
    named = read_named(body if contact_id is None else body | {"id": contact_id})
    change = read_lead_change(body, now)
    if named.id is None and named.user_id is None:
        return add_person(store, workspace, Role.LEAD, change, now)
    return change_person(store, workspace, Role.LEAD, named, change, now)


def get_lead(store: Store, workspace: Workspace, named: Named) -> Contact:
    """The lead that `id` or `user_id` names, unless it is archived; raises `NotFound`."""
    lead = find_person(store, workspace, Role.LEAD, named)
    if lead.archived_at is not None:
        raise NotFound(MISSING)
    return lead


def archive_lead(store: Store, workspace: Workspace, named: Named, now: int) -> Contact:
    """Archive a lead; doing it twice changes nothing. Raises `NotFound`."""
    lead = find_person(store, workspace, Role.LEAD, named)
    return archive_contact(store, workspace, lead.id, True, now)


def convert_lead(store: Store, workspace: Workspace, body: dict[str, object], now: int) -> Contact:
    """Make a lead a user: the one that `user` names, or a new one of its own. Raises as
    `convert`, and `ParameterNotFound` where one of the two is not named."""
    source = read_named(read_object(body, "contact"), "contact.")
    if source.id is None and source.user_id is None:
        message = "missing contact: send the user_id or the id of a lead"
        raise ParameterNotFound(message, "contact")
    user = read_object(body, "user")
    named = require_named(
        read_named(user, "user."), "user", "missing user: send id, user_id or email"
    )
    change = read_user_change(user, named, now, "user.")
    wanted = Conversion(source, Role.LEAD, Role.USER, named, change, MISSING, "contact")
    return convert(store, workspace, wanted, now)


def add_person(store: Store, workspace: Workspace, role: Role, change: Change, now: int) -> Contact:
    """Add a lead or a visitor; raises `Conflict` where an identifier is taken."""
    fields: dict[str, Json] = {
        name: value for name, value in change.fields.items() if value is not None
    }
    fields |= {"role": role, "session_count": change.sessions}
    with store_refusals():
        return store.contacts.create(workspace, fields, now)


def find_person(store: Store, workspace: Workspace, role: Role, named: Named) -> Contact:
    """The lead or visitor that `id` or `user_id` names, archived or not; raises `NotFound`, and
    `ParameterNotFound` where neither is given."""
    if named.id is not None:
        found = store.contacts.find(workspace, "id", named.id)
    elif named.user_id is not None:
        found = store.contacts.find(workspace, "user_id", named.user_id)
    else:
        raise ParameterNotFound(f"missing {role} identifier: send id or user_id", "user_id")
    if not found or found[0].role != role:
        raise NotFound(f"{role.title()} Not Found")
    return found[0]


def change_person(
    store: Store, workspace: Workspace, role: Role, named: Named, change: Change, now: int
) -> Contact:
    """Change the lead or visitor that `id` or `user_id` names; raises `NotFound`, `Conflict` and
    `ParameterInvalid`."""
    person = find_person(store, workspace, role, named)
    with store_refusals():
        changed = store.people.change(workspace, person.id, role, change, now)
    if changed is None:
        raise NotFound(f"{role.title()} Not Found")
    return changed
