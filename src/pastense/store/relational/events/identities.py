"""Who an event is about: identifiers to contacts, within the transaction that writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pastense.errors import ambiguous_email
from pastense.identity import new_contact_id
from pastense.limits import DAY_S
from pastense.model import IdentifierKind, Refused, WritePolicy
from pastense.store.relational.connection import Connection
from pastense.store.relational.events.appending import need_alone
from pastense.store.relational.events.statements import SQL, rows_text, run_rows
from pastense.store.relational.leaving.tombstones import Tombstones

Identifier = tuple[IdentifierKind, int, str]
"""(kind, workspace, text)."""
NewPerson = tuple[int, str, str | None, str | None, str | None]
"""(workspace, contact id, external id, email, email key)."""
UNKNOWN = Refused("not_found", "User Not Found")
ARCHIVED = Refused("not_found", "User Not Found")
"""The same answer, but the identifier names somebody: nobody else is looked for."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """The contact that an identifier names now. `merging` says that events of another contact
    are still on their way to it; before the second `pruned_before` its events have no metadata."""

    number: int
    contact_id: str
    merging: bool = False
    pruned_before: int = 0


class IdentityWriter:
    """Finds contacts, and creates unknown ones where the policy says so."""

    def __init__(self, connection: Connection, policy: WritePolicy) -> None:
        self._connection = connection
        self._policy = policy

    def resolve(
        self, identifiers: Sequence[Identifier]
    ) -> dict[Identifier, Found | Refused | None]:
        """The contact of each identifier, or why there is none; None is one to be created,
        because the policy says so of identifiers that name nobody. Never of an `id`."""
        wanted: dict[IdentifierKind, list[Identifier]] = {}
        for identifier in dict.fromkeys(identifiers):
            wanted.setdefault(identifier[0], []).append(identifier)
        found: dict[Identifier, Found | Refused | None] = {}
        found.update(self._look_up("resolve", wanted))
        missed = {kind: [i for i in some if i not in found] for kind, some in wanted.items()}
        if any(missed.values()):
            found |= self._judge_missed(missed)
        return found

    def _judge_missed(
        self, missed: Mapping[IdentifierKind, list[Identifier]]
    ) -> dict[Identifier, Found | Refused | None]:
        """What becomes of identifiers that no contact has now."""
        found: dict[Identifier, Found | Refused | None] = {
            i: None if self._creates(i) else UNKNOWN for some in missed.values() for i in some
        }
        once: dict[IdentifierKind, list[Identifier]] = {
            kind: some for kind, some in missed.items() if kind != "email"
        }
        found.update(self._look_up("resolve_merged", once))
        if any(person is None for person in found.values()):
            need_alone(self._connection)  # Rather now than after the looks for tombstones.
            found.update(self._deleted(i for i, person in found.items() if person is None))
        return found

    def _creates(self, identifier: Identifier) -> bool:
        kind, workspace, _ = identifier
        return kind != "id" and self._policy.of(workspace).create_unknown_contacts

    def create(self, identifiers: Iterable[Identifier]) -> dict[Identifier, Found]:
        """Users for identifiers that name nobody; one person per spelling of an email."""
        people: dict[Identifier, NewPerson] = {}
        wanted: dict[Identifier, NewPerson] = {}
        for identifier in identifiers:
            kind, workspace, value = identifier
            key = (kind, workspace, value.lower() if kind == "email" else value)
            if key not in people:
                contact_id = new_contact_id(self._policy.now)
                by_email = (None, value, value.lower())
                person = by_email if kind == "email" else (value, None, None)
                people[key] = (workspace, contact_id, *person)
            wanted[identifier] = people[key]
        if not wanted:
            return {}
        need_alone(self._connection)
        numbers = dict(
            run_rows(self._connection, "create_unknown", list(people.values()), self._policy.now)
        )
        return {i: Found(numbers[person[1]], person[1]) for i, person in wanted.items()}

    def _deleted(self, identifiers: Iterable[Identifier]) -> dict[Identifier, Refused]:
        """Those of deleted people: a late retry must not bring them back (decisions.md
        "Contacts")."""
        since = self._policy.now - self._policy.limits.tombstone_days * DAY_S
        found: dict[Identifier, Refused] = {}
        for kind, workspace, value in identifiers:
            at = Tombstones(self._connection, workspace).find(kind, value)
            if at is not None and at > since:
                found[kind, workspace, value] = UNKNOWN
        return found

    def _look_up(
        self, how: str, wanted: Mapping[IdentifierKind, list[Identifier]]
    ) -> dict[Identifier, Found | Refused]:
        """Whom the identifiers of each kind name, in one way to the database."""
        lists = {kind: some for kind, some in wanted.items() if some}
        calls = [(SQL[f"{how}_{kind}"], (_pairs(some),)) for kind, some in lists.items()]
        found: dict[Identifier, Found | Refused] = {}
        for some, rows in zip(lists.values(), self._connection.execute_all(calls), strict=True):
            found |= _read(some, rows)
        return found


def _pairs(identifiers: Iterable[Identifier]) -> str:
    return rows_text([(i[1], i[2].lower() if i[0] == "email" else i[2]) for i in identifiers])


def _read(
    wanted: Sequence[Identifier], rows: Iterable[Sequence[Any]]
) -> dict[Identifier, Found | Refused]:
    """The contacts of rows that begin with the place of their identifier."""
    found: dict[Identifier, Found | Refused] = {}
    archived: dict[Identifier, Refused] = {}
    for place, number, contact_id, is_archived, merging, pruned_before in rows:
        identifier = wanted[place]
        if is_archived:
            archived[identifier] = ARCHIVED
        elif identifier in found:
            found[identifier] = Refused("conflict", ambiguous_email(identifier[2]))
        else:
            found[identifier] = Found(number, contact_id, bool(merging), pruned_before)
    return archived | found
