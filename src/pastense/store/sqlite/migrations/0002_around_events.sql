-- Everything around an event: whole contacts, merging and erasing, the catalogue of names,
-- the audit log, webhooks and jobs.

-- A visitor is a third role, and a check cannot be changed in place: the table is made anew.
-- `merging` counts the contacts whose events are still on their way to this one.
-- `pruned_before` is the second before which no event of the contact has metadata.
CREATE TABLE contacts_new (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('user', 'lead', 'visitor')),
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
  session_count INTEGER NOT NULL DEFAULT 0,
  custom_attributes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  blocked_at INTEGER,
  merging INTEGER NOT NULL DEFAULT 0,
  pruned_before INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO contacts_new (number, workspace, id, role, external_id, email, email_key, name, phone,
  avatar, owner_id, unsubscribed_from_emails, signed_up_at, last_seen_at, custom_attributes,
  created_at, updated_at, archived_at)
SELECT number, workspace, id, role, external_id, email, email_key, name, phone,
  avatar, owner_id, unsubscribed_from_emails, signed_up_at, last_seen_at, custom_attributes,
  created_at, updated_at, archived_at
FROM contacts;

-- A number is never given twice, also not those of contacts that were deleted before.
DELETE FROM sqlite_sequence WHERE name = 'contacts_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'contacts_new', seq FROM sqlite_sequence WHERE name = 'contacts';

DROP TABLE contacts;
ALTER TABLE contacts_new RENAME TO contacts;

CREATE UNIQUE INDEX contacts_by_external_id ON contacts (workspace, external_id)
  WHERE external_id IS NOT NULL;
CREATE INDEX contacts_by_email ON contacts (workspace, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contacts_by_age ON contacts (workspace, created_at, number)
  WHERE archived_at IS NULL;

-- The workspace is that of the names whose counts go down; what was erased before has none.
ALTER TABLE erasures ADD COLUMN workspace INTEGER;

-- The pass that overwrites what erased rows left in the pages: whether one is wanted, and where
-- the one under way goes on (0: none is). `mark` is what the last step wrote to find its own
-- commit in the log again.
CREATE TABLE scrub (
  number INTEGER PRIMARY KEY CHECK (number = 1),
  wanted INTEGER NOT NULL,
  next_page INTEGER NOT NULL,
  mark BLOB
) STRICT;

INSERT INTO scrub (number, wanted, next_page) VALUES (1, 0, 0);

-- Who a merged contact has become: its old identifiers lead to `contact`. Chains are cut short
-- when they grow, so that one look is enough.
CREATE TABLE merges (
  id TEXT PRIMARY KEY,
  workspace INTEGER NOT NULL,
  external_id TEXT,
  role TEXT NOT NULL,
  contact INTEGER NOT NULL,
  merged_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX merges_by_contact ON merges (contact);
CREATE INDEX merges_by_external_id ON merges (workspace, external_id)
  WHERE external_id IS NOT NULL;

-- Merged contacts whose events are not all moved yet, in the order of `position`: where several
-- on their way to one contact have an event of the same name and second, the first one's stays.
CREATE TABLE moves (
  source INTEGER PRIMARY KEY,
  target INTEGER NOT NULL,
  workspace INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT;

CREATE INDEX moves_by_target ON moves (target);

-- A keyed hash of each identifier of a deleted contact; the key is in `secrets`.
CREATE TABLE tombstones (
  workspace INTEGER NOT NULL,
  hash BLOB NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstones_by_age ON tombstones (deleted_at);

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO secrets (name, value) VALUES ('tombstones', randomblob(32));

-- Names of tags are one without regard to case: `name_key` is the name in lower case.
CREATE TABLE tags (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (workspace, name_key)
) STRICT;

-- `applied_by` is the number of the token that did it. A row whose tag is gone means nothing
-- and is taken away in steps; numbers of tags are never given twice.
CREATE TABLE contact_tags (
  contact INTEGER NOT NULL,
  tag INTEGER NOT NULL,
  applied_at INTEGER NOT NULL,
  applied_by INTEGER,
  PRIMARY KEY (contact, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_tags_by_tag ON contact_tags (tag, contact);

-- Deleted tags that some contacts still have a row of.
CREATE TABLE tag_erasures (
  tag INTEGER PRIMARY KEY
) STRICT;

-- Declared custom attributes of contacts; `options` is a JSON list where the type has options.
CREATE TABLE data_attributes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  name TEXT NOT NULL,
  description TEXT,
  data_type TEXT NOT NULL,
  options TEXT,
  messenger_writable INTEGER NOT NULL DEFAULT 0,
  created_by INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  UNIQUE (workspace, name)
) STRICT;

CREATE INDEX data_attributes_archived ON data_attributes (workspace, name)
  WHERE archived_at IS NOT NULL;

-- How many events of a name are stored now, and the earliest and latest ever stored.
ALTER TABLE event_names ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event_names ADD COLUMN first INTEGER;
ALTER TABLE event_names ADD COLUMN last INTEGER;

UPDATE event_names
SET count = t.count, first = t.first, last = t.last
FROM (
  SELECT c.workspace, s.slot, sum(s.count) AS count, min(s.first) AS first, max(s.last) AS last
  FROM summaries AS s JOIN contacts AS c ON c.number = s.contact
  GROUP BY c.workspace, s.slot
) AS t
WHERE event_names.workspace = t.workspace AND event_names.slot = t.slot;

-- Metadata keys that were left out, by name; the key '' stands for those beyond a hundred.
CREATE TABLE event_name_ignored_keys (
  workspace INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  key TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (workspace, slot, key)
) STRICT, WITHOUT ROWID;

-- Administrative acts; `workspace` is NULL for those about the whole store. Rows are only added.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX audit_by_workspace ON audit (workspace, number);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;

-- A deleted subscription stays, without its names, until its deliveries are erased.
CREATE TABLE subscriptions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE INDEX subscriptions_by_workspace ON subscriptions (workspace, number);

-- The event names of each subscription, active or not, in the order given.
CREATE TABLE subscription_names (
  workspace INTEGER NOT NULL,
  name TEXT NOT NULL,
  subscription INTEGER NOT NULL REFERENCES subscriptions (number),
  position INTEGER NOT NULL,
  PRIMARY KEY (workspace, name, subscription)
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_names_by_subscription ON subscription_names (subscription, position);

-- What is still to be delivered, or could not be: it names the event and does not repeat it.
-- Deliveries of a contact take turns: `next_at` is when one may be tried, and NULL while an
-- older one of the same contact and subscription is waiting, or once it is dead.
CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription INTEGER NOT NULL REFERENCES subscriptions (number),
  contact INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  id BLOB NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  queued_at INTEGER NOT NULL,
  first_sent_at INTEGER,
  next_at INTEGER,
  dead_at INTEGER,
  problem TEXT
) STRICT;

CREATE INDEX deliveries_by_contact ON deliveries (contact, subscription, dead_at);
CREATE INDEX deliveries_by_age ON deliveries (subscription, dead_at, queued_at);
CREATE INDEX deliveries_by_turn ON deliveries (subscription, next_at) WHERE next_at IS NOT NULL;

-- `item_count` is over all calls of the job: it gives each refused item its place in it.
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace INTEGER NOT NULL REFERENCES workspaces (number),
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  item_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  closing_at INTEGER NOT NULL,
  completed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_by_age ON jobs (updated_at);

CREATE TABLE job_tasks (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (number),
  id TEXT NOT NULL UNIQUE,
  item_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  completed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX job_tasks_by_job ON job_tasks (job, number);

-- The items of a job that were refused, as they were sent. The three columns of identifiers are
-- there so that a deleted person's items are found.
CREATE TABLE job_errors (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (number),
  place INTEGER NOT NULL,
  workspace INTEGER NOT NULL,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  data_type TEXT NOT NULL,
  data TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  field TEXT,
  contact_id TEXT,
  user_id TEXT,
  email_key TEXT
) STRICT;

CREATE UNIQUE INDEX job_errors_by_place ON job_errors (job, place);
CREATE INDEX job_errors_by_age ON job_errors (at);
CREATE INDEX job_errors_by_contact_id ON job_errors (workspace, contact_id)
  WHERE contact_id IS NOT NULL;
CREATE INDEX job_errors_by_user_id ON job_errors (workspace, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX job_errors_by_email ON job_errors (workspace, email_key)
  WHERE email_key IS NOT NULL;

-- Background work that only one process may do at a time, and until when it has it.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
