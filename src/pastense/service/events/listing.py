"""Read one contact's events and summaries: who is meant, which part, what follows.

Source: decisions.md "Reading" and "Order, ids, cursors".
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pastense.errors import Conflict, NotFound, ParameterInvalid, ambiguous_email
from pastense.identity import event_ticks
from pastense.limits import last_second_outside
from pastense.model import Contact, IdentifierKind, ListedEvent, Summary, Workspace
from pastense.store.base import Store, Window

Identifier = tuple[str, IdentifierKind, str]
"""(the parameter's name, what it is, its text)."""


class EventPage(msgspec.Struct, frozen=True):
    """One page, newest first. `next_before` is the cursor of older events, None at the end;
    `since` is the cursor of what is newer than this page, in ticks."""

    contact: Contact
    events: list[ListedEvent]
    next_before: int | None
    since: int


def find_contact(store: Store, workspace: Workspace, identifiers: Sequence[Identifier]) -> Contact:
    """The one contact that all identifiers name.

    Raises `NotFound` where one names nobody, `Conflict` where an email names several users,
    `ParameterInvalid` where they name different contacts.
    """
    contact = _find_one(store, workspace, identifiers[0])
    for identifier in identifiers[1:]:
        if not _names(contact, identifier):
            other = _find_one(store, workspace, identifier)
            if other.number != contact.number:
                message = "The identifiers name different contacts; send one of them"
                raise ParameterInvalid(message, identifier[0])
    return contact


def read_page(
    store: Store,
    contact: Contact,
    *,
    per_page: int,
    before: int | None,
    since: int | None,
    now: int,
    window_days: int,
    retention_days: int = 0,
) -> EventPage:
    """A page of events inside the list window and not older than the retention, whether they
    are pruned already or not; 0 days mean without end."""
    after_s = max(last_second_outside(now, days) for days in (window_days, retention_days))
    rows = store.events.page(contact, Window(per_page + 1, before, since, after_s))
    events = rows[:per_page]
    next_before = _ticks(events[-1]) if len(rows) > per_page else None
    return EventPage(contact, events, next_before, _ticks(events[0]) if events else since or 0)


def read_summaries(store: Store, contact: Contact) -> list[Summary]:
    """How often the contact did each thing, all times counted."""
    return store.events.summaries(contact)


def _ticks(event: ListedEvent) -> int:
    return event_ticks(event.created_at, event.slot)


def _find_one(store: Store, workspace: Workspace, identifier: Identifier) -> Contact:
    field, kind, value = identifier
    found = store.contacts.find(workspace, kind, value)
    if not found:
        return _merged(store, workspace, identifier)
    live = [contact for contact in found if contact.archived_at is None] or found
    if len(live) > 1:
        raise Conflict(ambiguous_email(value), field)
    return live[0]


def _merged(store: Store, workspace: Workspace, identifier: Identifier) -> Contact:
    """Who the contact of an old identifier has become."""
    field, kind, value = identifier
    contact = store.leaving.merged_into(workspace, kind, value)
    if contact is None:
        raise NotFound(None, field)
    return contact


def _names(contact: Contact, identifier: Identifier) -> bool:
    """Whether an identifier names a contact that is already found."""
    _, kind, value = identifier
    if kind == "id":
        return contact.id == value
    if kind == "user_id":
        return contact.external_id == value
    return (contact.email or "").lower() == value.lower() and contact.role == "user"
