"""Events on their way in and out: submitted, stored, refused, listed, counted."""

from __future__ import annotations

from typing import Literal

import msgspec

IdentifierKind = Literal["id", "user_id", "email"]


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Why something was not done: a code of `errors.py`, a sentence, the field it is about."""

    code: str
    message: str
    field: str | None = None


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """One submitted event that passed the rules and awaits the store.

    `field` is the path prefix of its place in the submission ("" or "data[3]."), so that a
    refusal by the store names the right place. `metadata` is the canonical JSON text;
    `keys` holds its (key, type) pairs for the catalogue, `keys_ignored` the keys beyond the
    quota, which the catalogue counts.
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
    keys_ignored: tuple[str, ...] = ()


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """An event that is on disk: stored now, or a duplicate of one that was there before.

    Of an event stored now, `keys_ignored` is how many of its metadata keys were left out, and
    `pruned` says that it is older than the retention: its key was stored without metadata.
    """

    contact_id: str
    slot: int
    created_at: int
    duplicate: bool
    keys_ignored: int = 0
    pruned: bool = False


Outcome = Accepted | Refused


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


class Disagreement(msgspec.Struct, frozen=True):
    """A summary row that does not equal a recount of its events."""

    contact_id: str
    name: str
    kept: tuple[int, int | None, int | None]
    counted: tuple[int, int | None, int | None]
