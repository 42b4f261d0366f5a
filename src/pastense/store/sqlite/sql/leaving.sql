-- Statements about contacts that go: merged, moved, deleted, erased.

-- name: lead_merges_on
UPDATE merges SET contact = ?2 WHERE contact = ?1

-- name: add_merge
INSERT INTO merges (id, workspace, external_id, role, contact, merged_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: free_contact
DELETE FROM contacts WHERE number = ?1

-- name: keep_tags
INSERT INTO contact_tags (contact, tag, applied_at, applied_by)
SELECT ?2, tag, applied_at, applied_by FROM contact_tags WHERE contact = ?1
ON CONFLICT DO NOTHING

-- name: drop_tags
DELETE FROM contact_tags WHERE contact = ?1

-- name: keep_deliveries
UPDATE deliveries SET contact = ?2 WHERE contact = ?1

-- name: keep_imported
INSERT INTO summaries (contact, slot, imported_count, imported_first, imported_last)
SELECT ?2, slot, imported_count, imported_first, imported_last
FROM summaries
WHERE contact = ?1 AND imported_count > 0
ON CONFLICT (contact, slot) DO UPDATE SET
  imported_count = imported_count + excluded.imported_count,
  imported_first = min(ifnull(imported_first, excluded.imported_first), excluded.imported_first),
  imported_last = max(ifnull(imported_last, excluded.imported_last), excluded.imported_last)

-- name: drop_summaries
DELETE FROM summaries WHERE contact = ?1

-- name: last_position
SELECT ifnull(max(position), 0) FROM moves

-- name: add_move
INSERT INTO moves (source, target, workspace, position) VALUES (?1, ?2, ?3, ?4)

-- name: lead_moves_on
UPDATE moves SET target = ?2, position = ?3 + later.place
FROM (
  SELECT source, row_number() OVER (ORDER BY position) AS place
  FROM moves
  WHERE target = ?1) AS later
WHERE moves.source = later.source

-- name: end_move
DELETE FROM moves WHERE source = ?1

-- name: mark_merging
UPDATE contacts
SET merging = (SELECT count(*) FROM moves WHERE target = ?1), pruned_before = 0
WHERE number = ?1

-- name: next_move
SELECT source, target, workspace FROM moves ORDER BY position LIMIT 1

-- name: is_larger
SELECT count(*) FROM (SELECT 1 FROM events WHERE contact = ?1 LIMIT ?2)

-- name: last_of_step
SELECT created_at, slot
FROM events
WHERE contact = ?1
ORDER BY created_at, slot
LIMIT 1 OFFSET ?2

-- name: doubles
SELECT ?4, l.slot, count(*)
FROM events AS l
WHERE l.contact = ?1 AND (l.created_at, l.slot) <= (?2, ?3)
  AND EXISTS (
    SELECT 1 FROM events AS u
    WHERE u.contact = ?5 AND u.created_at = l.created_at AND u.slot = l.slot)
GROUP BY l.slot

-- name: sum_up
INSERT INTO summaries (contact, slot, count, first, last)
SELECT ?4, l.slot, count(*), min(l.created_at), max(l.created_at)
FROM events AS l
WHERE l.contact = ?1 AND (l.created_at, l.slot) <= (?2, ?3)
  AND NOT EXISTS (
    SELECT 1 FROM events AS u
    WHERE u.contact = ?4 AND u.created_at = l.created_at AND u.slot = l.slot)
GROUP BY l.slot
ON CONFLICT (contact, slot) DO UPDATE SET
  count = count + excluded.count,
  first = min(ifnull(first, excluded.first), excluded.first),
  last = max(ifnull(last, excluded.last), excluded.last)

-- name: move_events
INSERT INTO events (contact, created_at, slot, metadata)
SELECT ?4, created_at, slot, metadata
FROM events
WHERE contact = ?1 AND (created_at, slot) <= (?2, ?3)
ON CONFLICT DO NOTHING

-- name: drop_moved
DELETE FROM events WHERE contact = ?1 AND (created_at, slot) <= (?2, ?3)

-- name: waiting_doubles
SELECT m.target, e.created_at, e.slot, m.source, m.workspace
FROM json_each(?1) AS j
CROSS JOIN moves AS m ON m.target = json_extract(j.value, '$[0]')
CROSS JOIN events AS e ON e.contact = m.source
  AND e.created_at = json_extract(j.value, '$[1]')
  AND e.slot = json_extract(j.value, '$[2]')
ORDER BY m.position

-- name: pull_events
INSERT INTO events (contact, created_at, slot, metadata)
SELECT json_extract(j.value, '$[0]'), e.created_at, e.slot, e.metadata
FROM json_each(?1) AS j
CROSS JOIN events AS e ON e.contact = json_extract(j.value, '$[3]')
  AND e.created_at = json_extract(j.value, '$[1]')
  AND e.slot = json_extract(j.value, '$[2]')
WHERE true
ORDER BY j.key
ON CONFLICT DO NOTHING
RETURNING contact, created_at, slot

-- name: drop_pulled
DELETE FROM events
WHERE (contact, created_at, slot) IN (
  SELECT json_extract(value, '$[3]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
  FROM json_each(?1))

-- name: merged_by_id
SELECT contact FROM merges WHERE workspace = ?1 AND id = ?2

-- name: merged_by_user_id
SELECT contact FROM merges WHERE workspace = ?1 AND external_id = ?2
ORDER BY merged_at DESC, id LIMIT 1

-- name: merge_history
SELECT id, role, merged_at FROM merges WHERE contact = ?1 ORDER BY merged_at, id

-- name: merged_identifiers
SELECT id, external_id FROM merges WHERE contact = ?1

-- name: drop_merges
DELETE FROM merges WHERE contact = ?1

-- name: erase_sources
INSERT INTO erasures (contact, started_at, workspace)
SELECT source, ?2, workspace FROM moves WHERE target = ?1

-- name: drop_moves
DELETE FROM moves WHERE target = ?1

-- name: start_erasure
INSERT INTO erasures (contact, started_at, workspace) VALUES (?1, ?2, ?3)

-- name: next_erasure
SELECT contact, workspace FROM erasures ORDER BY contact LIMIT 1

-- name: erased_counts
SELECT ?4, slot, count(*)
FROM events
WHERE contact = ?1 AND (created_at, slot) <= (?2, ?3)
GROUP BY slot

-- name: erase_deliveries
DELETE FROM deliveries
WHERE number IN (SELECT number FROM deliveries WHERE contact = ?1 LIMIT ?2)

-- name: erase_job_errors
DELETE FROM job_errors
WHERE workspace = ?1 AND (contact_id = ?2 OR user_id = ?3 OR email_key = ?4)

-- name: keep_job_errors
UPDATE job_errors SET contact_id = ?2
WHERE workspace = ?1 AND contact_id IS NULL AND (user_id = ?3 OR email_key = ?4)

-- name: drop_job_errors
DELETE FROM job_errors
WHERE workspace = ?1 AND contact_id <> ?2 AND (user_id = ?3 OR email_key = ?4)

-- name: end_erasure
DELETE FROM erasures WHERE contact = ?1

-- name: tombstone_key
SELECT value FROM secrets WHERE name = 'tombstones'

-- name: add_tombstone
INSERT INTO tombstones (workspace, hash, deleted_at) VALUES (?1, ?2, ?3)
ON CONFLICT (workspace, hash) DO UPDATE SET deleted_at = excluded.deleted_at

-- name: find_tombstone
SELECT deleted_at FROM tombstones WHERE workspace = ?1 AND hash = ?2

-- name: old_tombstones
SELECT 1 FROM tombstones WHERE deleted_at < ?1 LIMIT 1

-- name: forget_tombstones
DELETE FROM tombstones
WHERE (workspace, hash) IN (
  SELECT workspace, hash FROM tombstones WHERE deleted_at < ?1 ORDER BY deleted_at LIMIT ?2)

-- name: want_scrub
UPDATE scrub SET wanted = 1, mark = NULL

-- name: scrub_is_due
SELECT 1 FROM scrub
WHERE next_page > 0 OR (wanted AND NOT EXISTS (SELECT 1 FROM erasures))

-- name: scrub_state
SELECT wanted, next_page, mark FROM scrub

-- name: set_scrub_state
UPDATE scrub SET wanted = ?1, next_page = ?2, mark = ?3

-- name: remains
SELECT (SELECT count(*) FROM erasures), (SELECT count(*) FROM moves),
  (SELECT wanted OR next_page > 0 FROM scrub)
