"""Make a store of the first schema with 200 events at the path that is given."""

import sqlite3
import sys

from pastense.store.migrate import load_migrations

[FIRST] = [m for m in load_migrations("pastense.store.sqlite") if m.number == 1]
ROWS = """
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at INTEGER);
INSERT INTO migrations VALUES (1, 'first_schema', 5);
INSERT INTO workspaces VALUES (1, 'w', 'Pastense', '{}', 5);
INSERT INTO contacts (workspace, id, role, external_id, created_at, updated_at)
  VALUES (1, 'a', 'user', 'u1', 5, 5);
INSERT INTO event_names VALUES (1, 0, 'did', NULL, 5, NULL);
INSERT INTO summaries VALUES (1, 0, 200, 1, 200, 0, NULL, NULL);
"""

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = FULL")
for statement in FIRST.statements:
    connection.execute(statement)
connection.executescript(ROWS)
for second in range(1, 201):
    connection.execute("INSERT INTO events VALUES (1, ?, 0, '{}')", (second,))
connection.close()
