"""Leads and visitors become somebody: converted in place, or merged into who is there already.

Source: docs/wire.md "The older API" and "Visitors", decisions.md "The older API".
"""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.errors import Conflict, ContactMerged, NotFound, ParameterInvalid, ambiguous_email
from pastense.model import Contact, IdentifierKind, Role, Workspace
from pastense.service.people.contacts import store_refusals
from pastense.service.people.merging import merge_contacts
from pastense.store.base import Change, ContactExists, Listing, Named, Store

ATTEMPTS: Final = 3
"""How often everything is looked up again when other calls change the same people."""


class Conversion(msgspec.Struct, frozen=True):
    """Who becomes whom: the contact `source` of `source_role` becomes the one of `role` that
    `named` names, or such a one itself, written as `change` says. `missing` is what is said
    where there is no source, `field` the place of its name."""

    source: Named
    source_role: Role
    role: Role
    named: Named
    change: Change
    missing: str
    field: str


def convert(store: Store, workspace: Workspace, wanted: Conversion, now: int) -> Contact:
    """Convert or merge; the contact as it then is. A call that is sent again is answered alike.

    Raises `NotFound` for an unknown source or an unknown `id` of the target, `Conflict` where an
    identifier belongs to a contact of another role, and what merging raises.
    """
    for _ in range(ATTEMPTS):
        converted = _try_once(store, workspace, wanted, now)
        if converted is not None:
            return converted
    raise Conflict("Other calls change this contact at the moment; send it again", wanted.field)


def _try_once(store: Store, workspace: Workspace, wanted: Conversion, now: int) -> Contact | None:
    """None where another call was quicker and everything has to be looked up again."""
    source = _find_source(store, workspace, wanted)
    target = _find_target(store, workspace, wanted)
    if source.role != wanted.source_role:
        return _check_repeated(source, target, wanted)
    if target is None:
        return _convert_in_place(store, workspace, source, wanted, now)
    return _merge(store, workspace, source, target, now)


def _find_source(store: Store, workspace: Workspace, wanted: Conversion) -> Contact:
    """The contact to convert, or what it has become in the meantime."""
    named = wanted.source
    if named.id is not None:
        found = _find(store, workspace, "id", named.id)
    elif named.user_id is not None:
        found = _find(store, workspace, "user_id", named.user_id)
    else:
        listing = Listing(role=wanted.source_role, offset=0, limit=1, email=named.email)
        found = store.people.page(workspace, listing).contacts
    if not found:
        raise NotFound(wanted.missing, wanted.field)
    return found[0]


def _find(store: Store, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
    found = store.contacts.find(workspace, kind, value)
    if not found:
        merged = store.leaving.merged_into(workspace, kind, value)
        return [] if merged is None else [merged]
    return found


def _find_target(store: Store, workspace: Workspace, wanted: Conversion) -> Contact | None:
    """Who is there already; None where the source is to become it. An unknown `id` is 404."""
    named = wanted.named
    if named.id is not None:
        found = store.contacts.find(workspace, "id", named.id)
        if not found or found[0].role != wanted.role:
            raise NotFound(None, "user.id")
        return found[0]
    if named.user_id is not None:
        found = store.contacts.find(workspace, "user_id", named.user_id)
        if found and found[0].role == wanted.role:
            return found[0]
    if named.email is not None and wanted.role == Role.USER:
        return _user_with_email(store, workspace, named)
    return None


def _user_with_email(store: Store, workspace: Workspace, named: Named) -> Contact | None:
    """The one user with the email; beside a `user_id` only one without its own is meant."""
    email = str(named.email)
    found = store.contacts.find(workspace, "email", email)
    live = [user for user in found if user.archived_at is None] or found
    if len(live) > 1:
        raise Conflict(ambiguous_email(email), "user.email")
    if not live or (named.user_id is not None and live[0].external_id is not None):
        return None
    return live[0]


def _check_repeated(source: Contact, target: Contact | None, wanted: Conversion) -> Contact:
    """The source is converted already: fine where it became who is asked for."""
    same = wanted.named == Named() or (target is not None and target.id == source.id)
    if source.role == wanted.role and same:
        return source
    raise NotFound(wanted.missing, wanted.field)


def _convert_in_place(
    store: Store, workspace: Workspace, source: Contact, wanted: Conversion, now: int
) -> Contact | None:
    fields = wanted.change.fields | {"role": wanted.role}
    change = Change(fields, wanted.change.sessions)
    with store_refusals():
        try:
            return store.people.change(workspace, source.id, wanted.source_role, change, now)
        except ContactExists:
            if _find_target(store, workspace, wanted) is None:
                raise
            return None


def _merge(
    store: Store, workspace: Workspace, source: Contact, target: Contact, now: int
) -> Contact | None:
    """The target with all that the source had; an archived one comes back. None where one of
    them is no longer what was read."""
    if target.archived_at is not None:
        store.people.change(workspace, target.id, target.role, Change({}), now)
    try:
        return merge_contacts(store, workspace, source, target, now)
    except (ContactMerged, NotFound):
        return None
    except ParameterInvalid:
        if _are_as_read(store, workspace, source, target):
            raise
        return None


def _are_as_read(store: Store, workspace: Workspace, source: Contact, target: Contact) -> bool:
    """Whether a refusal to merge lasts. A source that was just converted by somebody else is a
    user, maybe the very target; and a target can be archived meanwhile."""
    roles = {source.id: source.role, target.id: target.role}
    found = [store.contacts.find(workspace, "id", contact_id) for contact_id in roles]
    live = {contact.id: contact.role for some in found for contact in some[:1]}
    return len(roles) == 2 and live == roles and found[1][0].archived_at is None
