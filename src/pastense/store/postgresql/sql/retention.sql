-- Statements about retention: events that lose their metadata and keep their key.

-- name: last_contact
SELECT coalesce(max(number), 0) FROM contacts

-- name: prunable
-- The OFFSET keeps the look at the events one look into their index for each contact.
WITH w AS MATERIALIZED (
  SELECT (j.value ->> 0)::bigint AS workspace, (j.value ->> 1)::bigint AS before
  FROM jsonb_array_elements(?1::jsonb) AS j (value)
)
SELECT c.number, w.before
FROM contacts AS c JOIN w ON w.workspace = c.workspace
WHERE c.number > ?2::bigint AND c.number <= ?3::bigint AND c.pruned_before < w.before
  AND EXISTS (
    SELECT 1 FROM events AS e
    WHERE e.contact = c.number AND e.created_at >= c.pruned_before AND e.created_at < w.before
    OFFSET 0)
ORDER BY c.number
LIMIT ?4::bigint

-- name: count_prunable
SELECT c.number, (j.value ->> 1)::bigint, (
  SELECT count(*) FROM (
    SELECT 1 FROM events AS e
    WHERE e.contact = c.number AND e.created_at >= c.pruned_before
      AND e.created_at < (j.value ->> 1)::bigint
    LIMIT ?2::bigint) AS some_events)
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN contacts AS c ON c.number = (j.value ->> 0)::bigint
ORDER BY c.number

-- name: end_of_part
SELECT c.pruned_before, (
  SELECT e.created_at FROM events AS e
  WHERE e.contact = ?1::bigint AND e.created_at >= c.pruned_before AND e.created_at < ?2::bigint
  ORDER BY e.created_at, e.slot
  LIMIT 1 OFFSET ?3::bigint)
FROM contacts AS c WHERE c.number = ?1::bigint

-- name: prune
-- Nothing is to be taken out and put back, so it returns nothing: PostgreSQL has written a pruned
-- row anew already, and autovacuum gives the space of the old one back, by the settings of the
-- table. A VACUUM after each step would cost more than all steps.
-- The OFFSET keeps it one look into the index for each contact, from one end to the other: it may
-- have very many events that came later.
WITH spans AS MATERIALIZED (
  SELECT c.number, c.pruned_before, (j.value ->> 1)::bigint AS before
  FROM jsonb_array_elements(?1::jsonb) AS j (value)
  JOIN contacts AS c ON c.number = (j.value ->> 0)::bigint
), pruned AS (
  UPDATE events AS e SET metadata = NULL
  FROM spans AS s
  CROSS JOIN LATERAL (
    SELECT o.contact, o.created_at, o.slot
    FROM events AS o
    WHERE o.contact = s.number AND o.created_at >= s.pruned_before AND o.created_at < s.before
      AND o.metadata IS NOT NULL
    OFFSET 0) AS old
  WHERE e.contact = old.contact AND e.created_at = old.created_at AND e.slot = old.slot
  RETURNING e.contact, e.created_at, e.slot
)
SELECT contact, created_at, slot FROM pruned WHERE false

-- name: take_out
DELETE FROM events
WHERE (contact, created_at, slot) IN (
  SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::integer
  FROM jsonb_array_elements(?1::jsonb) AS j (value))

-- name: put_back
INSERT INTO events (contact, created_at, slot)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::integer
FROM jsonb_array_elements(?1::jsonb) AS j (value)
ORDER BY 1, 2, 3

-- name: mark_pruned
UPDATE contacts SET pruned_before = done.before
FROM (
  SELECT (j.value ->> 0)::bigint AS contact, (j.value ->> 1)::bigint AS before
  FROM jsonb_array_elements(?1::jsonb) AS j (value)
  ORDER BY 1) AS done
WHERE contacts.number = done.contact AND contacts.pruned_before < done.before

-- name: scan_again
UPDATE contacts SET pruned_before = late.created_at
FROM (
  SELECT (j.value ->> 0)::bigint AS contact, (j.value ->> 1)::bigint AS created_at
  FROM jsonb_array_elements(?1::jsonb) AS j (value)
  ORDER BY 1) AS late
WHERE contacts.number = late.contact AND contacts.pruned_before > late.created_at

-- name: keep_pruning_out
-- After the lock of all writers, before any row: both who take it do so in this order, and then
-- nobody can wait for another in a circle.
SELECT pg_advisory_xact_lock_shared(1885434740, 2)

-- name: keep_old_events_out
SELECT pg_advisory_xact_lock(1885434740, 2)
