"""Tombstones: keyed hashes of the identifiers of deleted contacts.

They tell that somebody was deleted without keeping who it was (decisions.md "Contacts").
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from pastense.model import IdentifierKind
from pastense.store.relational.connection import Connection
from pastense.store.relational.leaving.moving import SQL

Named = tuple[IdentifierKind, str]
"""(kind, text)."""


class Tombstones:
    """The tombstones of one workspace, in one open transaction or snapshot."""

    def __init__(self, connection: Connection, workspace: int) -> None:
        self._connection = connection
        self._workspace = workspace
        self._key: bytes = connection.execute(SQL["tombstone_key"]).fetchone()[0]

    def add(self, identifiers: Iterable[Named], now: int) -> None:
        """Remember that a contact with these identifiers was deleted."""
        for kind, value in identifiers:
            row = (self._workspace, self._hash(kind, value), now)
            self._connection.execute(SQL["add_tombstone"], row)

    def find(self, kind: IdentifierKind, value: str) -> int | None:
        """When a contact with that identifier was deleted, if that is still known."""
        parameters = (self._workspace, self._hash(kind, value))
        row = self._connection.execute(SQL["find_tombstone"], parameters).fetchone()
        return None if row is None else int(row[0])

    def _hash(self, kind: IdentifierKind, value: str) -> bytes:
        value = value.lower() if kind == "email" else value
        text = f"{self._workspace}\0{kind}\0{value}".encode()
        return hmac.digest(self._key, text, hashlib.sha256)
