-- The first schema. Times are Unix seconds, UTC. `number` columns are the store's own keys
-- and never leave the server; `id` columns are the public ones.

CREATE TABLE workspaces (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: a deleted contact's number is never given again, so that what is still to be
-- erased of it can never be taken for somebody else's.
CREATE TABLE contacts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('user', 'lead')),
  external_id TEXT,
  email TEXT,
  email_key TEXT,
  name TEXT,
  phone TEXT,
  avatar TEXT,
  owner_id INTEGER,
  unsubscribed_from_emails INTEGER NOT NULL DEFAULT 0,
  signed_up_at INTEGER,
  last_seen_at INTEGER,
  custom_attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  merged_into INTEGER
) STRICT;

CREATE UNIQUE INDEX contacts_by_external_id ON contacts (workspace, external_id)
  WHERE external_id IS NOT NULL;
CREATE INDEX contacts_by_email ON contacts (workspace, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contacts_by_age ON contacts (workspace, created_at, number)
  WHERE archived_at IS NULL;

-- Deleted contacts whose events are not all erased yet.
CREATE TABLE erasures (
  contact INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL
) STRICT;

-- A name's slot is its order of first appearance in the workspace; it never changes.
CREATE TABLE event_names (
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 9999999),
  name TEXT NOT NULL,
  description TEXT,
  created_at INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (workspace, slot)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX event_names_by_name ON event_names (workspace, name);

-- The tracked metadata keys of a name, in order of first appearance.
CREATE TABLE event_name_keys (
  workspace INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  PRIMARY KEY (workspace, slot, position),
  UNIQUE (workspace, slot, key),
  FOREIGN KEY (workspace, slot) REFERENCES event_names (workspace, slot)
) STRICT, WITHOUT ROWID;

-- The primary key is the natural key: it deduplicates, and it is the order of lists.
-- A contact's number stands for its workspace too. Metadata is NULL once it was pruned.
CREATE TABLE events (
  contact INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  metadata TEXT,
  PRIMARY KEY (contact, created_at, slot)
) STRICT, WITHOUT ROWID;

-- count, first and last are of the recorded events; the imported part stands beside them.
CREATE TABLE summaries (
  contact INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  count INTEGER NOT NULL DEFAULT 0,
  first INTEGER,
  last INTEGER,
  imported_count INTEGER NOT NULL DEFAULT 0,
  imported_first INTEGER,
  imported_last INTEGER,
  PRIMARY KEY (contact, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  hash BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
