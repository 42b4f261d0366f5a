-- Statements over events, their names and summaries. Groups come in as one JSON array, so
-- that a group costs the same few statements whatever its size.

-- name: resolve_id
SELECT j.key, c.number, c.id, c.archived_at IS NOT NULL, c.merging, c.pruned_before
FROM json_each(?1) AS j
CROSS JOIN contacts AS c ON c.id = json_extract(j.value, '$[1]')
WHERE c.workspace = json_extract(j.value, '$[0]')

-- name: resolve_user_id
SELECT j.key, c.number, c.id, c.archived_at IS NOT NULL, c.merging, c.pruned_before
FROM json_each(?1) AS j
CROSS JOIN contacts AS c
  ON c.workspace = json_extract(j.value, '$[0]')
  AND c.external_id = json_extract(j.value, '$[1]')

-- name: resolve_email
SELECT j.key, c.number, c.id, c.archived_at IS NOT NULL, c.merging, c.pruned_before
FROM json_each(?1) AS j
CROSS JOIN contacts AS c
  ON c.workspace = json_extract(j.value, '$[0]')
  AND c.email_key = json_extract(j.value, '$[1]')
WHERE c.role = 'user'

-- name: resolve_merged_id
SELECT j.key, c.number, c.id, c.archived_at IS NOT NULL, c.merging, c.pruned_before
FROM json_each(?1) AS j
CROSS JOIN merges AS m ON m.id = json_extract(j.value, '$[1]')
CROSS JOIN contacts AS c ON c.number = m.contact
WHERE m.workspace = json_extract(j.value, '$[0]')

-- name: resolve_merged_user_id
SELECT j.key, c.number, c.id, c.archived_at IS NOT NULL, c.merging, c.pruned_before
FROM json_each(?1) AS j
CROSS JOIN contacts AS c ON c.number = (
  SELECT m.contact FROM merges AS m
  WHERE m.workspace = json_extract(j.value, '$[0]')
    AND m.external_id = json_extract(j.value, '$[1]')
  ORDER BY m.merged_at DESC, m.id LIMIT 1)

-- name: create_unknown
INSERT INTO contacts (workspace, id, role, external_id, email, email_key, created_at, updated_at)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), 'user',
  json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]'), ?2, ?2
FROM json_each(?1)
WHERE true
RETURNING id, number

-- name: known_slots
SELECT n.workspace, n.name, n.slot
FROM json_each(?1) AS j
CROSS JOIN event_names AS n
  ON n.workspace = json_extract(j.value, '$[0]') AND n.name = json_extract(j.value, '$[1]')

-- name: next_slots
SELECT j.value, (SELECT max(slot) + 1 FROM event_names WHERE workspace = j.value)
FROM json_each(?1) AS j

-- name: active_names
SELECT workspace, count(*)
FROM event_names
WHERE workspace IN (SELECT value FROM json_each(?1)) AND archived_at IS NULL
GROUP BY workspace

-- name: insert_names
INSERT INTO event_names (workspace, slot, name, created_at)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), ?2
FROM json_each(?1)

-- Two statements over one row, which `many_rows.py` makes as many as there are. OR FAIL: what
-- fails undoes the whole transaction anyway, so SQLite need not keep the pages as they were before
-- the statement.

-- name: insert_events
INSERT OR FAIL INTO events (contact, created_at, slot, metadata)
VALUES (?, ?, ?, ?)
ON CONFLICT DO NOTHING
RETURNING contact, created_at, slot

-- name: append_to_summaries
INSERT OR FAIL INTO summaries (contact, slot, count, first, last)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (contact, slot) DO UPDATE SET
  count = count + excluded.count,
  first = min(ifnull(first, excluded.first), excluded.first),
  last = max(ifnull(last, excluded.last), excluded.last)

-- name: add_to_summaries
INSERT INTO summaries (contact, slot, count, first, last)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
  json_extract(value, '$[3]'), json_extract(value, '$[4]')
FROM json_each(?1)
WHERE true
ON CONFLICT (contact, slot) DO UPDATE SET
  count = count + excluded.count,
  first = min(ifnull(first, excluded.first), excluded.first),
  last = max(ifnull(last, excluded.last), excluded.last)

-- name: tracked_keys
SELECT k.workspace, k.slot, k.key
FROM json_each(?1) AS j
CROSS JOIN event_name_keys AS k
  ON k.workspace = json_extract(j.value, '$[0]') AND k.slot = json_extract(j.value, '$[1]')

-- name: insert_keys
INSERT INTO event_name_keys (workspace, slot, position, key, type)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
  json_extract(value, '$[3]'), json_extract(value, '$[4]')
FROM json_each(?1)

-- name: add_to_names
UPDATE event_names
SET count = event_names.count + j.count,
  first = min(ifnull(event_names.first, j.first), ifnull(j.first, event_names.first)),
  last = max(ifnull(event_names.last, j.last), ifnull(j.last, event_names.last))
FROM (
  SELECT json_extract(value, '$[0]') AS workspace, json_extract(value, '$[1]') AS slot,
    json_extract(value, '$[2]') AS count, json_extract(value, '$[3]') AS first,
    json_extract(value, '$[4]') AS last
  FROM json_each(?1)) AS j
WHERE event_names.workspace = j.workspace AND event_names.slot = j.slot

-- name: replace_metadata
UPDATE events SET metadata = j.metadata
FROM (
  SELECT json_extract(value, '$[0]') AS contact, json_extract(value, '$[1]') AS created_at,
    json_extract(value, '$[2]') AS slot, json_extract(value, '$[3]') AS metadata
  FROM json_each(?1)) AS j
WHERE events.contact = j.contact AND events.created_at = j.created_at AND events.slot = j.slot

-- name: ignored_keys
SELECT k.workspace, k.slot, k.key
FROM json_each(?1) AS j
CROSS JOIN event_name_ignored_keys AS k
  ON k.workspace = json_extract(j.value, '$[0]') AND k.slot = json_extract(j.value, '$[1]')

-- name: add_to_ignored_keys
INSERT INTO event_name_ignored_keys (workspace, slot, key, count)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
  json_extract(value, '$[3]')
FROM json_each(?1)
WHERE true
ON CONFLICT (workspace, slot, key) DO UPDATE SET count = count + excluded.count

-- name: import_summaries
INSERT INTO summaries (contact, slot, imported_count, imported_first, imported_last)
SELECT ?2, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
  json_extract(value, '$[3]')
FROM json_each(?1)
WHERE true
ON CONFLICT (contact, slot) DO UPDATE SET
  imported_count = excluded.imported_count,
  imported_first = excluded.imported_first,
  imported_last = excluded.imported_last

-- name: find_event
WITH parts (contact, position) AS (
  SELECT ?3, 0
  UNION ALL
  SELECT source, position FROM moves WHERE target = ?3
)
SELECT e.slot, e.metadata
FROM parts AS p
CROSS JOIN event_names AS n ON n.workspace = ?1 AND n.name = ?2
CROSS JOIN events AS e ON e.contact = p.contact AND e.created_at = ?4 AND e.slot = n.slot
ORDER BY p.position
LIMIT 1

-- name: page
SELECT n.name, e.slot, e.created_at, e.metadata
FROM events AS e
CROSS JOIN event_names AS n ON n.workspace = ?1 AND n.slot = e.slot
WHERE e.contact = ?2
  AND (e.created_at, e.slot) < (?3, ?4)
  AND (e.created_at, e.slot) > (?5, ?6)
  AND e.metadata IS NOT NULL
  AND n.archived_at IS NULL
ORDER BY e.created_at DESC, e.slot DESC
LIMIT ?7

-- name: moves_into
SELECT source FROM moves WHERE target = ?1 ORDER BY position

-- name: joined_summaries
WITH parts AS (
  SELECT ?2 AS contact UNION SELECT source FROM moves WHERE target = ?2
), counted AS (
  SELECT slot, count(*) AS count, min(created_at) AS first, max(created_at) AS last
  FROM (SELECT DISTINCT created_at, slot FROM events WHERE contact IN (SELECT contact FROM parts))
  GROUP BY slot
), slots AS (
  SELECT slot FROM counted UNION SELECT slot FROM summaries WHERE contact = ?2
)
SELECT n.name,
  ifnull(c.count, 0) + ifnull(s.imported_count, 0),
  min(ifnull(c.first, s.imported_first), ifnull(s.imported_first, c.first)),
  max(ifnull(c.last, s.imported_last), ifnull(s.imported_last, c.last)),
  n.description
FROM slots AS k
CROSS JOIN event_names AS n ON n.workspace = ?1 AND n.slot = k.slot
LEFT JOIN counted AS c ON c.slot = k.slot
LEFT JOIN summaries AS s ON s.contact = ?2 AND s.slot = k.slot
WHERE n.archived_at IS NULL
ORDER BY n.name

-- name: summaries
SELECT n.name,
  s.count + s.imported_count,
  min(ifnull(s.first, s.imported_first), ifnull(s.imported_first, s.first)),
  max(ifnull(s.last, s.imported_last), ifnull(s.imported_last, s.last)),
  n.description
FROM summaries AS s
CROSS JOIN event_names AS n ON n.workspace = ?1 AND n.slot = s.slot
WHERE s.contact = ?2 AND n.archived_at IS NULL
ORDER BY n.name

-- name: numbers_end
SELECT max(
  ifnull((SELECT max(number) FROM contacts), 0),
  ifnull((SELECT max(contact) FROM events), 0),
  ifnull((SELECT max(contact) FROM summaries), 0))

-- name: recount
WITH counted AS (
  SELECT contact, slot, count(*) AS count, min(created_at) AS first, max(created_at) AS last
  FROM events
  WHERE contact > ?1 AND contact <= ?2
  GROUP BY contact, slot
), kept AS (
  SELECT contact, slot, count, first, last
  FROM summaries
  WHERE contact > ?1 AND contact <= ?2
), pairs AS (
  SELECT k.contact, k.slot, k.count AS kept_count, k.first AS kept_first, k.last AS kept_last,
    ifnull(c.count, 0) AS count, c.first, c.last
  FROM kept AS k LEFT JOIN counted AS c ON c.contact = k.contact AND c.slot = k.slot
  UNION ALL
  SELECT c.contact, c.slot, 0, NULL, NULL, c.count, c.first, c.last
  FROM counted AS c LEFT JOIN kept AS k ON k.contact = c.contact AND k.slot = c.slot
  WHERE k.contact IS NULL
)
SELECT ifnull(o.id, 'contact number ' || p.contact), ifnull(n.name, 'name number ' || p.slot),
  p.kept_count, p.kept_first, p.kept_last, p.count, p.first, p.last
FROM pairs AS p
LEFT JOIN contacts AS o ON o.number = p.contact
LEFT JOIN event_names AS n ON n.workspace = o.workspace AND n.slot = p.slot
WHERE (p.kept_count <> p.count OR p.kept_first IS NOT p.first OR p.kept_last IS NOT p.last
    OR o.number IS NULL)
  AND p.contact NOT IN (SELECT contact FROM erasures UNION ALL SELECT source FROM moves)
