"""What a copy copies: every table with its columns, in an order that keeps foreign keys whole.

One description for all databases. What a database keeps in another shape has a word on that here,
and what is left out has its reason. A test holds that no table and no column is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

STEP_ROWS: Final = 10_000
"""Rows of one step, which is one transaction of the destination; they are in memory at once."""


class Kept(msgspec.Struct, frozen=True):
    """How one database keeps what has no such table in it: within which table, the statement that
    writes a row, whose columns are `?1`, `?2` and so on, what stands behind FROM where that is not
    simply the table, and columns that only this database has."""

    inside: str
    write: str
    rows: str = ""
    own: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True):
    """The rows of one name. `key` are the columns by which a copy goes forward; they are unique
    together, never NULL, and come first in each row. `numbered` says that the store gives the
    number itself, and `begun` that a new store has rows already, which a copy replaces. `kept` is
    by the kind of database."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]
    of_contact: bool = False
    numbered: bool = False
    begun: bool = False
    step_rows: int = STEP_ROWS
    kept: Mapping[str, Kept] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of a row."""
        return self.key + self.others

    def inside(self, kind: str) -> str:
        """The table of that kind of database in which the rows are."""
        return self.kept[kind].inside if kind in self.kept else self.name

    def rows(self, kind: str) -> str:
        """What stands behind FROM where the rows are read."""
        return (kind in self.kept and self.kept[kind].rows) or self.inside(kind)


def _table(
    name: str,
    key: str,
    others: str = "",
    *,
    of_contact: bool = False,
    numbered: bool = False,
    begun: bool = False,
    step_rows: int = STEP_ROWS,
    kept: Mapping[str, Kept] | None = None,
) -> Table:
    spelled = tuple(key.split()), tuple(others.split())
    return Table(name, *spelled, of_contact, numbered, begun, step_rows, kept or {})


_COUNTS_OF_NAMES: Final = {
    "sqlite": Kept(
        "event_names",
        "UPDATE event_names SET count = ?3, first = ?4, last = ?5 "
        "WHERE workspace = ?1 AND slot = ?2",
    ),
    # Of the parts that were added up one is made, and a name without any has none to add.
    "postgresql": Kept(
        "name_counts",
        "INSERT INTO name_counts (workspace, slot, part, count, first, last) "
        "VALUES (?1, ?2, 0, ?3, ?4, ?5)",
        rows="(SELECT n.workspace, n.slot, coalesce(sum(c.count), 0)::bigint AS count, "
        "min(c.first) AS first, max(c.last) AS last FROM event_names AS n "
        "LEFT JOIN name_counts AS c ON c.workspace = n.workspace AND c.slot = n.slot "
        "GROUP BY n.workspace, n.slot)",
        own=("part",),
    ),
}
"""How many events each name has: a part of the name's row on SQLite."""

TABLES: Final = (
    _table("workspaces", "number", "id name settings created_at", numbered=True, begun=True),
    _table("secrets", "name", "value", begun=True),
    _table(
        "contacts",
        "number",
        "workspace id role external_id email email_key name phone avatar owner_id "
        "unsubscribed_from_emails signed_up_at last_seen_at session_count custom_attributes "
        "created_at updated_at archived_at blocked_at merging pruned_before",
        of_contact=True,
        numbered=True,
        step_rows=2_000,  # Each may have many long attributes.
    ),
    _table("event_names", "workspace slot", "name description created_at archived_at"),
    _table(
        "name_counts",
        "workspace slot",
        "count first last",
        kept=_COUNTS_OF_NAMES,
    ),
    _table("event_name_keys", "workspace slot position", "key type"),
    _table("event_name_ignored_keys", "workspace slot key", "count"),
    _table("events", "contact created_at slot", "metadata", of_contact=True),
    _table(
        "summaries",
        "contact slot",
        "count first last imported_count imported_first imported_last",
        of_contact=True,
    ),
    _table("contact_tags", "contact tag", "applied_at applied_by", of_contact=True),
    _table("erasures", "contact", "started_at workspace"),
    _table("merges", "id", "workspace external_id role contact merged_at"),
    _table("moves", "source", "target workspace position"),
    _table("tombstones", "workspace hash", "deleted_at"),
    _table("tags", "number", "workspace name name_key created_at", numbered=True),
    _table("tag_erasures", "tag"),
    _table(
        "data_attributes",
        "number",
        "workspace name description data_type options messenger_writable created_by created_at "
        "updated_at archived_at",
        numbered=True,
    ),
    _table(
        "tokens",
        "number",
        "workspace hash name scopes version created_at expires_at revoked_at",
        numbered=True,
    ),
    _table("audit", "number", "workspace at actor act detail", numbered=True),
    _table(
        "subscriptions",
        "number",
        "workspace id url secret active created_at updated_at deleted_at",
        numbered=True,
    ),
    _table("subscription_names", "workspace name subscription", "position"),
    _table(
        "deliveries",
        "number",
        "subscription contact created_at slot id attempts queued_at first_sent_at next_at dead_at "
        "problem",
        numbered=True,
    ),
    _table(
        "jobs",
        "number",
        "workspace id name item_count created_at updated_at closing_at completed_at",
        numbered=True,
    ),
    _table(
        "job_tasks",
        "number",
        "job id item_count created_at started_at completed_at",
        numbered=True,
    ),
    _table(
        "job_errors",
        "number",
        "job place workspace at method data_type data code message field contact_id user_id "
        "email_key",
        numbered=True,
        step_rows=500,  # Each holds an item as it was sent.
    ),
)

NOT_COPIED: Final = {
    "migrations": "the destination has applied its own",
    "leases": "whoever holds one works on the source",
    "rate_windows": "calls of the last seconds, which are counted anew",
    "scrub": "pages of the source; in those of the destination nothing was ever erased",
    "copies": "the mark of the copy itself",
}
"""Tables that are left out, and why."""

DERIVED: Final[Mapping[str, Mapping[str, str]]] = {"sqlite": {}, "postgresql": {}}
"""Per kind of database: tables that follow from others, each with the statement that fills it,
empty as it is, at the end of a copy."""
