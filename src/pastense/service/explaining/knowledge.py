"""What a store knows of a contact, a name and an event, as findings with a sentence each.

Source of what they mean: decisions.md "Submitting an event", "Reading" and "Explaining".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from pastense.identity import event_id, event_ticks
from pastense.limits import CREATED_AT_END_S, DAY_S, Limits, last_second_outside
from pastense.model import Contact, EventName, IdentifierKind, Workspace
from pastense.model.findings import ExplainedEvent, Finding
from pastense.search import Filter, Sort
from pastense.service.events.listing import read_page
from pastense.service.explaining import sentences
from pastense.store.base import Store

Findings = tuple[Finding, ...]
OTHER_KIND: Final[dict[str, IdentifierKind]] = {"id": "user_id", "user_id": "id"}
"""What callers mix up: their own id of a person and ours."""


class Knowledge:
    """Looks up contacts, names and events of one workspace; what was found once is kept, so
    that a long list asks for each of them once."""

    def __init__(self, store: Store, workspace: Workspace, limits: Limits, now: int) -> None:
        self._store = store
        self._workspace = workspace
        self._limits = limits
        self._now = now
        self._contacts: dict[tuple[str, str], tuple[Contact | None, Findings]] = {}
        self._names: dict[str, EventName | None] = {}

    def contact(self, kind: IdentifierKind, value: str) -> tuple[Contact | None, Findings]:
        """The contact that an identifier leads to now, and what is to be said of it."""
        known = self._contacts.get((kind, value))
        if known is None:
            known = self._contacts[kind, value] = self._look_for(kind, value)
        return known

    def name(self, name: str) -> EventName | None:
        """The name as the workspace knows it; None where it does not."""
        if name not in self._names:
            self._names[name] = self._store.catalogue.find(self._workspace.number, name)
        return self._names[name]

    def event(
        self, contact: Contact, name: str, created_at: int
    ) -> tuple[ExplainedEvent | None, Findings]:
        """The stored event of that second, and why a list shows it or does not."""
        found = None
        if 0 <= created_at < CREATED_AT_END_S:
            found = self._store.events.find_event(contact, name, created_at)
        if found is None:
            return None, (sentences.absent(name, created_at),)
        keys = None if found.metadata is None else tuple(msgspec.json.decode(found.metadata))
        listed = self._is_listed(contact, event_ticks(created_at, found.slot))
        identity = event_id(contact.id, created_at, found.slot)
        event = ExplainedEvent(identity, created_at, keys, listed)
        reasons = (sentences.LISTED,) if listed else self._reasons(name, created_at, keys)
        return event, (sentences.stored(event), *reasons)

    def would_be_stored(self, created_at: int, pruned: bool) -> Iterator[Finding]:
        """What is to be said of an event that would be stored now, but not shown."""
        if pruned:
            yield sentences.would_be_pruned(self._limits.retention_days)
        elif self._is_outside(created_at, self._limits.list_window_days):
            yield sentences.outside_window(self._limits.list_window_days)

    def _is_listed(self, contact: Contact, ticks: int) -> bool:
        """Whether the page that ends with the event shows it."""
        page = read_page(
            self._store,
            contact,
            per_page=1,
            before=ticks + 1,
            since=ticks - 1,
            now=self._now,
            window_days=self._limits.list_window_days,
            retention_days=self._limits.retention_days,
        )
        return bool(page.events)

    def _look_for(self, kind: IdentifierKind, value: str) -> tuple[Contact | None, Findings]:
        found = self._store.contacts.find(self._workspace, kind, value)
        live = [contact for contact in found if contact.archived_at is None]
        if len(live) > 1:
            return None, (sentences.AMBIGUOUS,)
        if not live:
            merged = self._store.leaving.merged_into(self._workspace, kind, value)
            if merged is not None:
                return merged, (sentences.merged(kind, merged), *sentences.state_of(merged))
        if found:
            contact = (live or found)[0]
            return contact, (sentences.found(contact), *sentences.state_of(contact))
        return None, tuple(self._missing(kind, value))

    def _missing(self, kind: IdentifierKind, value: str) -> Iterator[Finding]:
        """Nobody has the identifier: whether somebody had, and what may have been meant."""
        deleted_at = self._store.leaving.deleted_at(self._workspace, kind, value)
        if deleted_at is not None and deleted_at > self._now - self._limits.tombstone_days * DAY_S:
            yield sentences.deleted(kind, deleted_at)
            return
        creates = kind != "id" and self._limits.create_unknown_contacts
        yield sentences.would_be_created(kind) if creates else sentences.unknown(kind)
        if kind == "email" and self._has_other_than_users(value):
            yield sentences.NO_USER
        other = OTHER_KIND.get(kind)
        if other is not None and self._store.contacts.find(self._workspace, other, value):
            yield sentences.named_otherwise(kind, other)

    def _has_other_than_users(self, email: str) -> bool:
        query = Filter("email", "=", email, "string")
        page = self._store.contacts.search(self._workspace, query, Sort(), 1, None)
        return page.total_count > 0

    def _reasons(
        self, name: str, created_at: int, keys: tuple[str, ...] | None
    ) -> Iterator[Finding]:
        """Why a stored event is in no list."""
        if keys is None or self._is_outside(created_at, self._limits.retention_days):
            yield sentences.PRUNED
        known = self.name(name)
        if known is not None and known.archived_at is not None:
            yield sentences.HIDDEN
        if self._is_outside(created_at, self._limits.list_window_days):
            yield sentences.outside_window(self._limits.list_window_days)

    def _is_outside(self, created_at: int, days: int) -> bool:
        return created_at <= last_second_outside(self._now, days)
