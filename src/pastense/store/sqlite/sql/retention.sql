-- Statements about retention: events that lose their metadata and keep their key.

-- name: last_contact
SELECT ifnull(max(number), 0) FROM contacts

-- name: prunable
WITH w AS MATERIALIZED (
  SELECT json_extract(value, '$[0]') AS workspace, json_extract(value, '$[1]') AS before
  FROM json_each(?1)
)
SELECT c.number, w.before
FROM contacts AS c CROSS JOIN w ON w.workspace = c.workspace
WHERE c.number > ?2 AND c.number <= ?3 AND c.pruned_before < w.before
  AND EXISTS (
    SELECT 1 FROM events AS e
    WHERE e.contact = c.number AND e.created_at >= c.pruned_before AND e.created_at < w.before)
ORDER BY c.number
LIMIT ?4

-- name: count_prunable
SELECT c.number, json_extract(j.value, '$[1]'), (
  SELECT count(*) FROM (
    SELECT 1 FROM events AS e
    WHERE e.contact = c.number AND e.created_at >= c.pruned_before
      AND e.created_at < json_extract(j.value, '$[1]')
    LIMIT ?2))
FROM json_each(?1) AS j CROSS JOIN contacts AS c ON c.number = json_extract(j.value, '$[0]')
ORDER BY c.number

-- name: end_of_part
SELECT c.pruned_before, (
  SELECT e.created_at FROM events AS e
  WHERE e.contact = ?1 AND e.created_at >= c.pruned_before AND e.created_at < ?2
  ORDER BY e.created_at, e.slot
  LIMIT 1 OFFSET ?3)
FROM contacts AS c WHERE c.number = ?1

-- name: prune
-- What it returns is to be taken out and put back.
UPDATE events SET metadata = NULL
WHERE (contact, created_at, slot) IN (
  SELECT e.contact, e.created_at, e.slot
  FROM json_each(?1) AS j
  CROSS JOIN contacts AS c ON c.number = json_extract(j.value, '$[0]')
  CROSS JOIN events AS e ON e.contact = c.number AND e.created_at >= c.pruned_before
    AND e.created_at < json_extract(j.value, '$[1]')
  WHERE e.metadata IS NOT NULL)
RETURNING contact, created_at, slot

-- name: take_out
DELETE FROM events
WHERE (contact, created_at, slot) IN (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
  FROM json_each(?1))

-- name: put_back
INSERT INTO events (contact, created_at, slot)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?1)
ORDER BY 1, 2, 3

-- name: mark_pruned
UPDATE contacts SET pruned_before = j.before
FROM (
  SELECT json_extract(value, '$[0]') AS contact, json_extract(value, '$[1]') AS before
  FROM json_each(?1)) AS j
WHERE contacts.number = j.contact AND contacts.pruned_before < j.before

-- name: scan_again
UPDATE contacts SET pruned_before = j.created_at
FROM (
  SELECT json_extract(value, '$[0]') AS contact, json_extract(value, '$[1]') AS created_at
  FROM json_each(?1)) AS j
WHERE contacts.number = j.contact AND contacts.pruned_before > j.created_at

-- name: keep_pruning_out
-- There is one writer.
SELECT 1

-- name: keep_old_events_out
SELECT 1
