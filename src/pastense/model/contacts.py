"""Contacts: the people whom events are about."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pastense.model.values import Json


class Role(StrEnum):
    """What a contact is."""

    USER = "user"
    LEAD = "lead"
    VISITOR = "visitor"


class Tag(msgspec.Struct, frozen=True):
    """A word that contacts carry."""

    number: int
    name: str


class AppliedTag(msgspec.Struct, frozen=True):
    """A tag on a contact: when it was put there, and by which token, None where nobody knows."""

    tag: Tag
    applied_at: int
    applied_by: int | None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person: a user of the product, a lead or a visitor. Times are Unix seconds, UTC.

    `number` is the store's own key and never leaves the server; `id` is the public one.
    `merging` says that events of another contact are still on their way to this one.
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
    session_count: int = 0
    custom_attributes: dict[str, Json] = {}
    created_at: int = 0
    updated_at: int = 0
    archived_at: int | None = None
    blocked_at: int | None = None
    merging: bool = False
    tags: tuple[Tag, ...] = ()


class MergedContact(msgspec.Struct, frozen=True):
    """A contact that became a part of another: its old id and role, and when."""

    id: str
    role: str
    merged_at: int
