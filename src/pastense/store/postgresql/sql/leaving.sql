-- Statements about contacts that go: merged, moved, deleted, erased.

-- name: lead_merges_on
UPDATE merges SET contact = ?2::bigint WHERE contact = ?1::bigint

-- name: add_merge
INSERT INTO merges (id, workspace, external_id, role, contact, merged_at)
VALUES (?1::text, ?2::bigint, ?3::text, ?4::text, ?5::bigint, ?6::bigint)

-- name: free_contact
DELETE FROM contacts WHERE number = ?1::bigint

-- name: keep_tags
INSERT INTO contact_tags (contact, tag, applied_at, applied_by)
SELECT ?2::bigint, tag, applied_at, applied_by
FROM contact_tags
WHERE contact = ?1::bigint
ORDER BY tag
ON CONFLICT DO NOTHING

-- name: drop_tags
DELETE FROM contact_tags WHERE contact = ?1::bigint

-- name: keep_deliveries
UPDATE deliveries SET contact = ?2::bigint WHERE contact = ?1::bigint

-- name: keep_imported
INSERT INTO summaries (contact, slot, imported_count, imported_first, imported_last)
SELECT ?2::bigint, slot, imported_count, imported_first, imported_last
FROM summaries
WHERE contact = ?1::bigint AND imported_count > 0
ORDER BY slot
ON CONFLICT (contact, slot) DO UPDATE SET
  imported_count = summaries.imported_count + excluded.imported_count,
  imported_first = least(summaries.imported_first, excluded.imported_first),
  imported_last = greatest(summaries.imported_last, excluded.imported_last)

-- name: drop_summaries
DELETE FROM summaries WHERE contact = ?1::bigint

-- name: last_position
SELECT coalesce(max(position), 0) FROM moves

-- name: add_move
INSERT INTO moves (source, target, workspace, position)
VALUES (?1::bigint, ?2::bigint, ?3::bigint, ?4::bigint)

-- name: lead_moves_on
UPDATE moves SET target = ?2::bigint, position = ?3::bigint + later.place
FROM (
  SELECT source, row_number() OVER (ORDER BY position) AS place
  FROM moves
  WHERE target = ?1::bigint) AS later
WHERE moves.source = later.source

-- name: end_move
DELETE FROM moves WHERE source = ?1::bigint

-- name: mark_merging
UPDATE contacts
SET merging = (SELECT count(*) FROM moves WHERE target = ?1::bigint), pruned_before = 0
WHERE number = ?1::bigint

-- name: next_move
SELECT source, target, workspace FROM moves ORDER BY position LIMIT 1

-- name: is_larger
SELECT count(*)
FROM (SELECT 1 FROM events WHERE contact = ?1::bigint LIMIT ?2::bigint) AS some_events

-- name: last_of_step
SELECT created_at, slot
FROM events
WHERE contact = ?1::bigint
ORDER BY created_at, slot
LIMIT 1 OFFSET ?2::bigint

-- name: doubles
-- The OFFSET keeps this one look into the index for each event of the step: the other contact may
-- have very many events, which would all be read for another way of joining.
SELECT ?4::bigint, l.slot, count(*)
FROM events AS l
WHERE l.contact = ?1::bigint AND (l.created_at, l.slot) <= (?2::bigint, ?3::integer)
  AND EXISTS (
    SELECT 1 FROM events AS u
    WHERE u.contact = ?5::bigint AND u.created_at = l.created_at AND u.slot = l.slot
    OFFSET 0)
GROUP BY l.slot

-- name: sum_up
INSERT INTO summaries (contact, slot, count, first, last)
SELECT ?4::bigint, l.slot, count(*), min(l.created_at), max(l.created_at)
FROM events AS l
WHERE l.contact = ?1::bigint AND (l.created_at, l.slot) <= (?2::bigint, ?3::integer)
  AND NOT EXISTS (
    SELECT 1 FROM events AS u
    WHERE u.contact = ?4::bigint AND u.created_at = l.created_at AND u.slot = l.slot
    OFFSET 0)
GROUP BY l.slot
ORDER BY l.slot
ON CONFLICT (contact, slot) DO UPDATE SET
  count = summaries.count + excluded.count,
  first = least(summaries.first, excluded.first),
  last = greatest(summaries.last, excluded.last)

-- name: move_events
INSERT INTO events (contact, created_at, slot, metadata)
SELECT ?4::bigint, created_at, slot, metadata
FROM events
WHERE contact = ?1::bigint AND (created_at, slot) <= (?2::bigint, ?3::integer)
ORDER BY created_at, slot
ON CONFLICT DO NOTHING

-- name: drop_moved
DELETE FROM events
WHERE contact = ?1::bigint AND (created_at, slot) <= (?2::bigint, ?3::integer)

-- name: waiting_doubles
SELECT m.target, e.created_at, e.slot, m.source, m.workspace
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN moves AS m ON m.target = (j.value ->> 0)::bigint
JOIN events AS e ON e.contact = m.source
  AND e.created_at = (j.value ->> 1)::bigint
  AND e.slot = (j.value ->> 2)::integer
ORDER BY m.position

-- name: pull_events
-- Of several events with one key the first of the list is the one that stays.
INSERT INTO events (contact, created_at, slot, metadata)
SELECT (j.value ->> 0)::bigint, e.created_at, e.slot, e.metadata
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN events AS e ON e.contact = (j.value ->> 3)::bigint
  AND e.created_at = (j.value ->> 1)::bigint
  AND e.slot = (j.value ->> 2)::integer
ORDER BY 1, 2, 3, j.place
ON CONFLICT DO NOTHING
RETURNING contact, created_at, slot

-- name: drop_pulled
DELETE FROM events
WHERE (contact, created_at, slot) IN (
  SELECT (j.value ->> 3)::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::integer
  FROM jsonb_array_elements(?1::jsonb) AS j (value))

-- name: merged_by_id
SELECT contact FROM merges WHERE workspace = ?1::bigint AND id = ?2::text

-- name: merged_by_user_id
SELECT contact FROM merges WHERE workspace = ?1::bigint AND external_id = ?2::text
ORDER BY merged_at DESC, id LIMIT 1

-- name: merge_history
SELECT id, role, merged_at FROM merges WHERE contact = ?1::bigint ORDER BY merged_at, id

-- name: merged_identifiers
SELECT id, external_id FROM merges WHERE contact = ?1::bigint

-- name: drop_merges
DELETE FROM merges WHERE contact = ?1::bigint

-- name: erase_sources
INSERT INTO erasures (contact, started_at, workspace)
SELECT source, ?2::bigint, workspace FROM moves WHERE target = ?1::bigint

-- name: drop_moves
DELETE FROM moves WHERE target = ?1::bigint

-- name: start_erasure
INSERT INTO erasures (contact, started_at, workspace) VALUES (?1::bigint, ?2::bigint, ?3::bigint)

-- name: next_erasure
SELECT contact, workspace FROM erasures ORDER BY contact LIMIT 1

-- name: erased_counts
SELECT ?4::bigint, slot, count(*)
FROM events
WHERE contact = ?1::bigint AND (created_at, slot) <= (?2::bigint, ?3::integer)
GROUP BY slot

-- name: erase_deliveries
DELETE FROM deliveries
WHERE contact = ?1::bigint
  AND number IN (SELECT number FROM deliveries WHERE contact = ?1::bigint LIMIT ?2::bigint)

-- name: erase_job_errors
DELETE FROM job_errors
WHERE workspace = ?1::bigint
  AND (contact_id = ?2::text OR user_id = ?3::text OR email_key = ?4::text)

-- name: keep_job_errors
UPDATE job_errors SET contact_id = ?2::text
WHERE workspace = ?1::bigint AND contact_id IS NULL
  AND (user_id = ?3::text OR email_key = ?4::text)

-- name: drop_job_errors
DELETE FROM job_errors
WHERE workspace = ?1::bigint AND contact_id <> ?2::text
  AND (user_id = ?3::text OR email_key = ?4::text)

-- name: end_erasure
DELETE FROM erasures WHERE contact = ?1::bigint

-- name: tombstone_key
SELECT value FROM secrets WHERE name = 'tombstones'

-- name: add_tombstone
INSERT INTO tombstones (workspace, hash, deleted_at) VALUES (?1::bigint, ?2::bytea, ?3::bigint)
ON CONFLICT (workspace, hash) DO UPDATE SET deleted_at = excluded.deleted_at

-- name: find_tombstone
SELECT deleted_at FROM tombstones WHERE workspace = ?1::bigint AND hash = ?2::bytea

-- name: old_tombstones
SELECT 1 FROM tombstones WHERE deleted_at < ?1::bigint LIMIT 1

-- name: forget_tombstones
DELETE FROM tombstones
WHERE (workspace, hash) IN (
  SELECT workspace, hash FROM tombstones
  WHERE deleted_at < ?1::bigint
  ORDER BY deleted_at
  LIMIT ?2::bigint)

-- name: want_scrub
UPDATE scrub SET wanted = 1, mark = NULL

-- name: scrub_is_due
SELECT 1 FROM scrub
WHERE next_page > 0 OR (wanted <> 0 AND NOT EXISTS (SELECT 1 FROM erasures))

-- name: scrub_state
SELECT wanted, next_page, mark FROM scrub

-- name: set_scrub_state
UPDATE scrub SET wanted = ?1::integer, next_page = ?2::bigint, mark = ?3::bytea

-- name: remains
SELECT (SELECT count(*) FROM erasures), (SELECT count(*) FROM moves),
  (SELECT (wanted <> 0 OR next_page > 0)::integer FROM scrub)
