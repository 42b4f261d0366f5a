-- Statements over events, their names and summaries. Groups come in as one JSON array, so
-- that a group costs the same few statements whatever its size. Rows are written in the order of
-- their keys, so that two processes could never wait for each other in a circle.

-- name: resolve_id
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c ON c.id = j.value ->> 1
WHERE c.workspace = (j.value ->> 0)::bigint

-- name: resolve_user_id
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c
  ON c.workspace = (j.value ->> 0)::bigint
  AND c.external_id = j.value ->> 1

-- name: resolve_email
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c
  ON c.workspace = (j.value ->> 0)::bigint
  AND c.email_key = j.value ->> 1
WHERE c.role = 'user'

-- name: resolve_merged_id
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN merges AS m ON m.id = j.value ->> 1
JOIN contacts AS c ON c.number = m.contact
WHERE m.workspace = (j.value ->> 0)::bigint

-- name: resolve_merged_user_id
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
CROSS JOIN LATERAL (
  SELECT m.contact FROM merges AS m
  WHERE m.workspace = (j.value ->> 0)::bigint AND m.external_id = j.value ->> 1
  ORDER BY m.merged_at DESC, m.id LIMIT 1) AS latest
JOIN contacts AS c ON c.number = latest.contact

-- name: create_unknown
INSERT INTO contacts (workspace, id, role, external_id, email, email_key, created_at, updated_at)
SELECT (j.value ->> 0)::bigint, j.value ->> 1, 'user', j.value ->> 2, j.value ->> 3,
  j.value ->> 4, ?2::bigint, ?2::bigint
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
ORDER BY j.place
RETURNING id, number

-- name: known_slots
SELECT n.workspace, n.name, n.slot
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN event_names AS n
  ON n.workspace = (j.value ->> 0)::bigint AND n.name = j.value ->> 1

-- name: next_slots
SELECT w.workspace, (SELECT max(n.slot) + 1 FROM event_names AS n WHERE n.workspace = w.workspace)
FROM (
  SELECT (j.value #>> '{}')::bigint AS workspace
  FROM jsonb_array_elements(?1::jsonb) AS j (value)) AS w

-- name: active_names
SELECT workspace, count(*)
FROM event_names
WHERE archived_at IS NULL AND workspace IN (
  SELECT (j.value #>> '{}')::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value))
GROUP BY workspace

-- name: insert_names
INSERT INTO event_names (workspace, slot, name, created_at)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::integer, j.value ->> 2, ?2::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2

-- name: append_events
-- All of a group in one statement: it is one way to the server and back. Events come first, then
-- summaries, then names, each in the order of their keys, so that no two transactions could wait
-- for each other in a circle.
WITH given AS MATERIALIZED (
  SELECT (j.value ->> 0)::bigint AS contact, (j.value ->> 1)::bigint AS created_at,
    (j.value ->> 2)::integer AS slot, j.value ->> 3 AS metadata,
    (j.value ->> 4)::bigint AS workspace
  FROM jsonb_array_elements(?1::jsonb) AS j (value)
), stored AS (
  INSERT INTO events (contact, created_at, slot, metadata)
  SELECT contact, created_at, slot, metadata FROM given ORDER BY 1, 2, 3
  ON CONFLICT DO NOTHING
  RETURNING contact, created_at, slot
), summed_up AS (
  INSERT INTO summaries (contact, slot, count, first, last)
  SELECT contact, slot, count(*), min(created_at), max(created_at)
  FROM stored
  GROUP BY 1, 2
  ORDER BY 1, 2
  ON CONFLICT (contact, slot) DO UPDATE SET
    count = summaries.count + excluded.count,
    first = least(summaries.first, excluded.first),
    last = greatest(summaries.last, excluded.last)
), named AS (
  INSERT INTO name_counts (workspace, slot, part, count, first, last)
  SELECT g.workspace, s.slot, ?2::integer, count(*), min(s.created_at), max(s.created_at)
  FROM stored AS s JOIN given AS g USING (contact, created_at, slot)
  GROUP BY 1, 2
  ORDER BY 1, 2
  ON CONFLICT (workspace, slot, part) DO UPDATE SET
    count = name_counts.count + excluded.count,
    first = least(name_counts.first, excluded.first),
    last = greatest(name_counts.last, excluded.last)
)
SELECT contact, created_at, slot FROM stored

-- name: add_to_summaries
INSERT INTO summaries (contact, slot, count, first, last)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::integer, (j.value ->> 2)::bigint,
  (j.value ->> 3)::bigint, (j.value ->> 4)::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2
ON CONFLICT (contact, slot) DO UPDATE SET
  count = summaries.count + excluded.count,
  first = least(summaries.first, excluded.first),
  last = greatest(summaries.last, excluded.last)

-- name: tracked_keys
SELECT k.workspace, k.slot, k.key
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN event_name_keys AS k
  ON k.workspace = (j.value ->> 0)::bigint AND k.slot = (j.value ->> 1)::integer

-- name: insert_keys
INSERT INTO event_name_keys (workspace, slot, position, key, type)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::integer, (j.value ->> 2)::integer,
  j.value ->> 3, j.value ->> 4
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2, 3

-- name: add_to_names
INSERT INTO name_counts (workspace, slot, part, count, first, last)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::integer, (j.value ->> 5)::integer,
  (j.value ->> 2)::bigint, (j.value ->> 3)::bigint, (j.value ->> 4)::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2, 3
ON CONFLICT (workspace, slot, part) DO UPDATE SET
  count = name_counts.count + excluded.count,
  first = least(name_counts.first, excluded.first),
  last = greatest(name_counts.last, excluded.last)

-- name: replace_metadata
UPDATE events SET metadata = j.value ->> 3
FROM jsonb_array_elements(?1::jsonb) AS j (value)
WHERE events.contact = (j.value ->> 0)::bigint AND events.created_at = (j.value ->> 1)::bigint
  AND events.slot = (j.value ->> 2)::integer

-- name: ignored_keys
SELECT k.workspace, k.slot, k.key
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN event_name_ignored_keys AS k
  ON k.workspace = (j.value ->> 0)::bigint AND k.slot = (j.value ->> 1)::integer

-- name: add_to_ignored_keys
INSERT INTO event_name_ignored_keys (workspace, slot, key, count)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::integer, j.value ->> 2, (j.value ->> 3)::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2, 3
ON CONFLICT (workspace, slot, key) DO UPDATE SET
  count = event_name_ignored_keys.count + excluded.count

-- name: import_summaries
INSERT INTO summaries (contact, slot, imported_count, imported_first, imported_last)
SELECT ?2::bigint, (j.value ->> 0)::integer, (j.value ->> 1)::bigint, (j.value ->> 2)::bigint,
  (j.value ->> 3)::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 2
ON CONFLICT (contact, slot) DO UPDATE SET
  imported_count = excluded.imported_count,
  imported_first = excluded.imported_first,
  imported_last = excluded.imported_last

-- name: find_event
WITH parts (contact, position) AS (
  SELECT ?3::bigint, 0::bigint
  UNION ALL
  SELECT source, position FROM moves WHERE target = ?3::bigint
)
SELECT e.slot, e.metadata
FROM parts AS p
CROSS JOIN event_names AS n
JOIN events AS e ON e.contact = p.contact AND e.created_at = ?4::bigint AND e.slot = n.slot
WHERE n.workspace = ?1::bigint AND n.name = ?2::text
ORDER BY p.position
LIMIT 1

-- name: page
-- The OFFSET lets the events come in the order of their index and end at the limit, also for a
-- contact that has far more of them than the statistics know of.
SELECT n.name, e.slot, e.created_at, e.metadata
FROM events AS e
CROSS JOIN LATERAL (
  SELECT name FROM event_names
  WHERE workspace = ?1::bigint AND slot = e.slot AND archived_at IS NULL
  OFFSET 0) AS n
WHERE e.contact = ?2::bigint
  AND (e.created_at, e.slot) < (?3::bigint, ?4::integer)
  AND (e.created_at, e.slot) > (?5::bigint, ?6::integer)
  AND e.metadata IS NOT NULL
ORDER BY e.created_at DESC, e.slot DESC
LIMIT ?7::bigint

-- name: moves_into
SELECT source FROM moves WHERE target = ?1::bigint ORDER BY position

-- name: joined_summaries
WITH parts AS (
  SELECT ?2::bigint AS contact UNION SELECT source FROM moves WHERE target = ?2::bigint
), counted AS (
  SELECT slot, count(*) AS count, min(created_at) AS first, max(created_at) AS last
  FROM (
    SELECT DISTINCT created_at, slot FROM events
    WHERE contact IN (SELECT contact FROM parts)) AS e
  GROUP BY slot
), slots AS (
  SELECT slot FROM counted UNION SELECT slot FROM summaries WHERE contact = ?2::bigint
)
SELECT n.name,
  coalesce(c.count, 0) + coalesce(s.imported_count, 0),
  least(c.first, s.imported_first),
  greatest(c.last, s.imported_last),
  n.description
FROM slots AS k
JOIN event_names AS n ON n.workspace = ?1::bigint AND n.slot = k.slot
LEFT JOIN counted AS c ON c.slot = k.slot
LEFT JOIN summaries AS s ON s.contact = ?2::bigint AND s.slot = k.slot
WHERE n.archived_at IS NULL
ORDER BY n.name

-- name: summaries
SELECT n.name,
  s.count + s.imported_count,
  least(s.first, s.imported_first),
  greatest(s.last, s.imported_last),
  n.description
FROM summaries AS s
JOIN event_names AS n ON n.workspace = ?1::bigint AND n.slot = s.slot
WHERE s.contact = ?2::bigint AND n.archived_at IS NULL
ORDER BY n.name

-- name: numbers_end
SELECT greatest(
  0,
  (SELECT max(number) FROM contacts),
  (SELECT max(contact) FROM events),
  (SELECT max(contact) FROM summaries))

-- name: recount
WITH counted AS (
  SELECT contact, slot, count(*) AS count, min(created_at) AS first, max(created_at) AS last
  FROM events
  WHERE contact > ?1::bigint AND contact <= ?2::bigint
  GROUP BY contact, slot
), kept AS (
  SELECT contact, slot, count, first, last
  FROM summaries
  WHERE contact > ?1::bigint AND contact <= ?2::bigint
), pairs AS (
  SELECT k.contact, k.slot, k.count AS kept_count, k.first AS kept_first, k.last AS kept_last,
    coalesce(c.count, 0) AS count, c.first, c.last
  FROM kept AS k LEFT JOIN counted AS c ON c.contact = k.contact AND c.slot = k.slot
  UNION ALL
  SELECT c.contact, c.slot, 0, NULL, NULL, c.count, c.first, c.last
  FROM counted AS c LEFT JOIN kept AS k ON k.contact = c.contact AND k.slot = c.slot
  WHERE k.contact IS NULL
)
SELECT coalesce(o.id, 'contact number ' || p.contact), coalesce(n.name, 'name number ' || p.slot),
  p.kept_count, p.kept_first, p.kept_last, p.count, p.first, p.last
FROM pairs AS p
LEFT JOIN (
  SELECT number, id, workspace FROM contacts
  WHERE number > ?1::bigint AND number <= ?2::bigint) AS o ON o.number = p.contact
LEFT JOIN event_names AS n ON n.workspace = o.workspace AND n.slot = p.slot
WHERE (p.kept_count <> p.count OR p.kept_first IS DISTINCT FROM p.first
    OR p.kept_last IS DISTINCT FROM p.last OR o.number IS NULL)
  AND p.contact NOT IN (SELECT contact FROM erasures UNION ALL SELECT source FROM moves)
