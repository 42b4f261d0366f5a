"""One contact, named once: the calls about it.

Nothing is asked of the server until one of them is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

import msgspec

from pastense.client.calls import contacts
from pastense.client.calls import events as all_events
from pastense.client.calls.events import ImportedSummary
from pastense.client.core import Answer, Steps
from pastense.client.options import ClientOptions
from pastense.client.pages import Listing
from pastense.client.per_call import PerCall
from pastense.client.results import Contact, Event, EventPage, EventReceipt, EventSummary
from pastense.client.values import Identifier, Metadata, Time, identifiers


class Naming(TypedDict):
    """How calls name a contact."""

    user_id: str | None
    email: str | None
    id: str | None


class Person(msgspec.Struct, frozen=True):
    """A client, and the contact that its calls are about: one of the three identifiers."""

    client: ClientOptions
    user_id: str | None = None
    email: str | None = None
    id: str | None = None

    @classmethod
    def of(
        cls,
        client: ClientOptions,
        user_id: Identifier | None,
        email: str | None,
        id: Identifier | None,
    ) -> Person:
        """Of one identifier. Raises `ValueError` for none and for several."""
        found = identifiers(user_id, id, email)
        if len(found) > 1:
            raise ValueError("Name the contact in one way: user_id, email or id")
        return Person(client, **found)

    def naming(self) -> Naming:
        """The parameters by which the calls for all contacts name this one."""
        return {"user_id": self.user_id, "email": self.email, "id": self.id}


def track_event(
    person: Person,
    /,
    event_name: str,
    *,
    created_at: Time | None = None,
    metadata: Metadata | None = None,
    **call: Unpack[PerCall],
) -> Steps[Answer[EventReceipt]]:
    """Record an event of this contact; `created_at` is now where it is left out."""
    return all_events.create(
        person.client,
        event_name,
        **person.naming(),
        created_at=created_at,
        metadata=metadata,
        **call,
    )


def events(
    person: Person,
    /,
    *,
    per_page: int | None = None,
    before: datetime | str | None = None,
    since: datetime | str | None = None,
    **call: Unpack[PerCall],
) -> Listing[EventPage, Event]:
    """This contact's events, the newest first: iterate over it for all of them, over `pages()` for
    whole pages."""
    return all_events.list_(
        person.client,
        **person.naming(),
        per_page=per_page,
        before=before,
        since=since,
        **call,
    )


def summaries(
    person: Person, /, **call: Unpack[PerCall]
) -> Steps[Answer[tuple[EventSummary, ...]]]:
    """How often this contact did what, and when first and last."""
    return all_events.summaries(person.client, **person.naming(), **call)


def import_summaries(
    person: Person, /, summaries: Sequence[ImportedSummary], **call: Unpack[PerCall]
) -> Steps[Answer[None]]:
    """Set what was counted elsewhere for this contact."""
    return all_events.import_summaries(person.client, summaries, **person.naming(), **call)


def contact(person: Person, /, **call: Unpack[PerCall]) -> Steps[Answer[Contact]]:
    """The contact with all its fields. Raises `NotFound`."""
    if person.id is not None:
        return contacts.get(person.client, person.id, **call)
    return contacts.find(person.client, external_id=person.user_id, email=person.email, **call)
