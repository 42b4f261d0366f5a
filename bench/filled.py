"""A PostgreSQL store that holds millions of events, filled by a few statements in a minute.

Rows lie as they would after a life of the service: events by time, who did each is chance. Contacts
come by the store's own way; events bypass it, so summaries and counts are made in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from bench.load import NAMES, user_id
from bench.rig import Progress
from pastense.clock import SystemClock
from pastense.store.base import Store
from pastense.store.opening import open_store

CHUNK_EVENTS = 100_000
CHUNK_CONTACTS = 1_000
NAMED = """
INSERT INTO event_names (workspace, slot, name, created_at)
SELECT 1, n, 'bench-event-' || lpad(n::text, 2, '0'), %(now)s
FROM generate_series(0, %(names)s - 1) AS n
"""
EVENTS = """
INSERT INTO events (contact, created_at, slot, metadata)
SELECT 1 + floor(random() * %(contacts)s)::bigint,
  %(begin)s + n * %(span_s)s / %(events)s,
  floor(random() * %(names)s)::integer,
  CASE WHEN %(metadata_bytes)s > 0 THEN '{"text":"'
    || rpad(md5(n::text), greatest(0, %(metadata_bytes)s - 11), 'x') || '"}' END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
ON CONFLICT DO NOTHING
"""
SUMMARIES = """
INSERT INTO summaries (contact, slot, count, first, last)
SELECT contact, slot, count(*), min(created_at), max(created_at) FROM events GROUP BY 1, 2
"""
COUNTED = """
INSERT INTO name_counts (workspace, slot, part, count, first, last)
SELECT 1, slot, 0, count(*), min(created_at), max(created_at) FROM events GROUP BY slot
"""


@dataclass(frozen=True)
class Filling:
    """What to fill a store with; the events lie between two seconds, evenly."""

    events: int
    contacts: int
    metadata_bytes: int
    begin: int
    span_s: int
    names: int = NAMES


def fill(address: str, filling: Filling, now: int) -> None:
    """Make the tables and put the rows in."""
    store, _ = open_store(address, SystemClock(), 5.0)
    add_contacts(store, filling.contacts, now)
    store.close()
    values = {**vars(filling), "now": now}
    progress = Progress("events", filling.events)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(NAMED, values)
        for first in range(0, filling.events, CHUNK_EVENTS):
            last = min(first + CHUNK_EVENTS, filling.events) - 1
            connection.execute(EVENTS, values | {"first": first, "last": last})
            progress(last)
        for statement in (SUMMARIES, COUNTED, "VACUUM ANALYZE"):
            connection.execute(statement)


def add_contacts(store: Store, count: int, now: int) -> None:
    """Users whose numbers are 1 to `count`, many in a transaction."""
    workspace, progress = store.admin.workspaces()[0], Progress("contacts", count)
    for first in range(0, count, CHUNK_CONTACTS):
        with store.together():
            for number in range(first, min(first + CHUNK_CONTACTS, count)):
                fields = {"role": "user", "external_id": user_id(number)}
                made = store.contacts.create(workspace, fields, now)
                assert made.number == number + 1
        progress(first + CHUNK_CONTACTS)
