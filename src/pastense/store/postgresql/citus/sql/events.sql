-- Statements over events: groups come in as one JSON array. Who an event is about is found in
-- steps, each of which goes only to the shards that hold something of it.

-- name: resolve_id
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT contact FROM identities WHERE kind = 'id' AND value = ANY (?found1::text[])
-- then
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c ON c.id = j.value ->> 1
WHERE c.number = ANY (?found2::bigint[]) AND c.workspace = (j.value ->> 0)::bigint

-- name: resolve_user_id
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT contact FROM identities WHERE kind = 'user_id' AND value = ANY (?found1::text[])
-- then
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c
  ON c.workspace = (j.value ->> 0)::bigint
  AND c.external_id = j.value ->> 1
WHERE c.number = ANY (?found2::bigint[])

-- name: resolve_email
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT contact FROM identities WHERE kind = 'email' AND value = ANY (?found1::text[])
-- then
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN contacts AS c
  ON c.workspace = (j.value ->> 0)::bigint
  AND c.email_key = j.value ->> 1
WHERE c.number = ANY (?found2::bigint[]) AND c.role = 'user'

-- name: resolve_merged_id
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT contact, workspace, id FROM merges WHERE id = ANY (?found1::text[])
-- then
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN jsonb_array_elements(?rows2::jsonb) AS m (value)
  ON m.value ->> 2 = j.value ->> 1 AND m.value ->> 1 = j.value ->> 0
JOIN contacts AS c ON c.number = (m.value ->> 0)::bigint
WHERE c.number = ANY (?found2::bigint[])

-- name: resolve_merged_user_id
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT contact, workspace, external_id, merged_at, id
FROM merges
WHERE external_id = ANY (?found1::text[])
-- then
SELECT j.place - 1, c.number, c.id, (c.archived_at IS NOT NULL)::integer, c.merging,
  c.pruned_before
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN (
  SELECT DISTINCT ON (m.value ->> 1, m.value ->> 2) m.value
  FROM jsonb_array_elements(?rows2::jsonb) AS m (value)
  ORDER BY m.value ->> 1, m.value ->> 2, (m.value ->> 3)::bigint DESC, (m.value ->> 4) COLLATE "C"
) AS m ON m.value ->> 2 = j.value ->> 1 AND m.value ->> 1 = j.value ->> 0
JOIN contacts AS c ON c.number = (m.value ->> 0)::bigint
WHERE c.number = ANY (?found2::bigint[])

-- name: create_unknown
-- first
INSERT INTO contacts (workspace, id, role, external_id, email, email_key, created_at, updated_at)
SELECT (j.value ->> 0)::bigint, j.value ->> 1, 'user', j.value ->> 2, j.value ->> 3,
  j.value ->> 4, ?2::bigint, ?2::bigint
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
ORDER BY j.place
RETURNING id, number, workspace, external_id, email_key
-- then
-- first
INSERT INTO identities (workspace, kind, value, contact)
SELECT (j.value ->> 2)::bigint, k.kind, j.value ->> k.place, (j.value ->> 1)::bigint
FROM jsonb_array_elements(?rows1::jsonb) AS j (value)
CROSS JOIN (VALUES ('id', 0), ('user_id', 3), ('email', 4)) AS k (kind, place)
WHERE j.value ->> k.place IS NOT NULL
-- then
SELECT j.value ->> 0, (j.value ->> 1)::bigint FROM jsonb_array_elements(?rows1::jsonb) AS j (value)

-- name: find_event
-- first
SELECT source FROM moves WHERE target = ?3::bigint ORDER BY position
-- then
SELECT e.slot, e.metadata
FROM events AS e
JOIN event_names AS n ON n.workspace = ?1::bigint AND n.slot = e.slot
WHERE e.contact = ANY (array_append(?found1::bigint[], ?3::bigint))
  AND e.created_at = ?4::bigint AND n.name = ?2::text
ORDER BY array_position(?found1::bigint[], e.contact) NULLS FIRST
LIMIT 1

-- name: joined_summaries
-- first
SELECT source FROM moves WHERE target = ?2::bigint
-- then
-- first
SELECT slot, count(*), min(created_at), max(created_at)
FROM (
  SELECT DISTINCT created_at, slot FROM events
  WHERE contact = ANY (array_append(?found1::bigint[], ?2::bigint))) AS e
GROUP BY slot
-- then
-- first
SELECT slot, imported_count, imported_first, imported_last
FROM summaries
WHERE contact = ?2::bigint
-- then
SELECT n.name,
  coalesce((c.value ->> 1)::bigint, 0) + coalesce((s.value ->> 1)::bigint, 0),
  least((c.value ->> 2)::bigint, (s.value ->> 2)::bigint),
  greatest((c.value ->> 3)::bigint, (s.value ->> 3)::bigint),
  n.description
FROM jsonb_array_elements(?rows2::jsonb) AS c (value)
FULL JOIN jsonb_array_elements(?rows3::jsonb) AS s (value) ON s.value ->> 0 = c.value ->> 0
JOIN event_names AS n ON n.workspace = ?1::bigint
  AND n.slot = coalesce(c.value ->> 0, s.value ->> 0)::integer
WHERE n.archived_at IS NULL
ORDER BY n.name

-- name: small_events
-- Rows of a small group are spelled out in place of the braces: so they go straight to their shards,
-- and those of one contact are committed on one node.
INSERT INTO events (contact, created_at, slot, metadata) VALUES {0}
ON CONFLICT DO NOTHING
RETURNING contact, created_at, slot

-- name: small_summaries
INSERT INTO summaries (contact, slot, count, first, last) VALUES {0}
ON CONFLICT (contact, slot) DO UPDATE SET
  count = summaries.count + excluded.count,
  first = least(summaries.first, excluded.first),
  last = greatest(summaries.last, excluded.last)

-- name: small_counts
INSERT INTO name_counts (workspace, slot, part, count, first, last) VALUES {0}
ON CONFLICT (workspace, slot, part) DO UPDATE SET
  count = name_counts.count + excluded.count,
  first = least(name_counts.first, excluded.first),
  last = greatest(name_counts.last, excluded.last)
