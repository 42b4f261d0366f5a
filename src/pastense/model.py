"""The frozen values that pass between the floors: contacts, events, summaries, outcomes."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""Anything that JSON can say."""

IdentifierKind = Literal["id", "user_id", "email"]


class Refused(msgspec.Struct, frozen=True):
    """Why something was not done: a code of `errors.py`, a sentence, the field it is about."""

    code: str
    message: str
    field: str | None = None


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """One submitted event that passed the rules and awaits the store.

    `field` is the path prefix of its place in the submission ("" or "data[3]."), so that a
    refusal by the store names the right place. `metadata` is the canonical JSON text;
    `keys` holds its (key, type) pairs for the catalogue, `keys_ignored` counts those beyond
    the quota.
    """

    workspace: int
    kind: IdentifierKind
    value: str
    name: str
    created_at: int
    metadata: str
    keys: tuple[tuple[str, str], ...]
    field: str
    identifier_field: str
    keys_ignored: int = 0


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """An event that is on disk: stored now, or a duplicate of one that was there before."""

    contact_id: str
    slot: int
    created_at: int
    duplicate: bool


Outcome = Accepted | Refused


class WritePolicy(msgspec.Struct, frozen=True):
    """What the store must know of a workspace's rules while it writes a group of events."""

    now: int
    create_unknown_contacts: bool = False
    event_names_max: int = 0
    tracked_keys_max: int = 10


class Role(StrEnum):
    """What a contact is."""

    USER = "user"
    LEAD = "lead"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person: a user of the product or a lead. Times are Unix seconds, UTC.

    `number` is the store's own key and never leaves the server; `id` is the public one.
    """

    number: int
    id: str
    workspace: int
    workspace_id: str
    role: str
    external_id: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    avatar: str | None = None
    owner_id: int | None = None
    unsubscribed_from_emails: bool = False
    signed_up_at: int | None = None
    last_seen_at: int | None = None
    custom_attributes: dict[str, Json] = {}
    created_at: int = 0
    updated_at: int = 0
    archived_at: int | None = None


class ListedEvent(msgspec.Struct, frozen=True, gc=False):
    """A stored event as a reader sees it; `metadata` is its stored JSON text."""

    name: str
    slot: int
    created_at: int
    metadata: str


class Summary(msgspec.Struct, frozen=True, gc=False):
    """How often one contact did one thing, recorded and imported together."""

    name: str
    count: int
    first: int
    last: int
    description: str | None = None


class ImportedSummary(msgspec.Struct, frozen=True, gc=False):
    """History brought from elsewhere for one (contact, name); it replaces the earlier import."""

    name: str
    count: int
    first: int
    last: int


class Workspace(msgspec.Struct, frozen=True):
    """A tenant of the store; `id` is its public code."""

    number: int
    id: str
    name: str
    created_at: int


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token: never the token itself."""

    number: int
    name: str
    workspace: Workspace
    scopes: tuple[str, ...]
    version: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None


class Disagreement(msgspec.Struct, frozen=True):
    """A summary row that does not equal a recount of its events."""

    contact_id: str
    name: str
    kept: tuple[int, int | None, int | None]
    counted: tuple[int, int | None, int | None]
