"""Refused items of bulk calls, which name people: found again when one of them is deleted.

An item is found by the identifiers that stand in it. Where a person gives one up, the item is
bound to the person's id, which never changes (decisions.md "Bulk and jobs").
"""

from __future__ import annotations

from pastense.store.relational.connection import Connection
from pastense.store.relational.leaving.moving import SQL


def erase_items(
    connection: Connection,
    workspace: int,
    contact_id: str,
    external_id: str | None,
    email: str | None,
) -> None:
    """Erase the items that name a person in one of these ways."""
    parameters = (workspace, contact_id, external_id, _key(email))
    connection.execute(SQL["erase_job_errors"], parameters)


def bind_items(
    connection: Connection,
    workspace: int,
    contact_id: str,
    external_id: str | None,
    email: str | None,
) -> None:
    """Bind the items with identifiers that a person gives up to the person's id. One that is
    bound to somebody else already is erased: it could be found for only one of the two."""
    if external_id is None and email is None:
        return
    parameters = (workspace, contact_id, external_id, _key(email))
    for name in ("keep_job_errors", "drop_job_errors"):
        connection.execute(SQL[name], parameters)


def _key(email: str | None) -> str | None:
    return None if email is None else email.lower()
