-- Statements about retention on several machines: contacts are looked at first, then their events,
-- each on the shards that hold them.

-- name: count_prunable
-- first
SELECT (j.value ->> 0)::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT e.contact, count(*)
FROM events AS e
JOIN contacts AS c ON c.number = e.contact
JOIN jsonb_array_elements(?1::jsonb) AS j (value) ON (j.value ->> 0)::bigint = e.contact
WHERE e.contact = ANY (?found1::bigint[]) AND e.created_at >= c.pruned_before
  AND e.created_at < (j.value ->> 1)::bigint
GROUP BY e.contact
-- then
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::bigint,
  least(?2::bigint, coalesce((n.value ->> 1)::bigint, 0))
FROM jsonb_array_elements(?1::jsonb) AS j (value)
LEFT JOIN jsonb_array_elements(?rows2::jsonb) AS n (value) ON n.value ->> 0 = j.value ->> 0
ORDER BY 1

-- name: end_of_part
-- first
SELECT pruned_before FROM contacts WHERE number = ?1::bigint
-- then
-- first
SELECT created_at
FROM events
WHERE contact = ?1::bigint AND created_at >= ?one1::bigint AND created_at < ?2::bigint
ORDER BY created_at, slot
LIMIT 1 OFFSET ?3::bigint
-- then
SELECT ?one1::bigint, ?one2::bigint WHERE ?one1::bigint IS NOT NULL

-- name: prune
-- first
SELECT (j.value ->> 0)::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT number, pruned_before FROM contacts WHERE number = ANY (?found1::bigint[])
-- then
-- first
UPDATE events AS e SET metadata = NULL
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN jsonb_array_elements(?rows2::jsonb) AS c (value) ON c.value ->> 0 = j.value ->> 0
WHERE e.contact = ANY (?found2::bigint[]) AND e.contact = (j.value ->> 0)::bigint
  AND e.created_at >= (c.value ->> 1)::bigint AND e.created_at < (j.value ->> 1)::bigint
  AND e.metadata IS NOT NULL
-- then
SELECT 1, 1, 1 WHERE false

-- name: mark_pruned
-- first
SELECT (j.value ->> 0)::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
UPDATE contacts SET pruned_before = (j.value ->> 1)::bigint
FROM jsonb_array_elements(?1::jsonb) AS j (value)
WHERE contacts.number = ANY (?found1::bigint[]) AND contacts.number = (j.value ->> 0)::bigint
  AND contacts.pruned_before < (j.value ->> 1)::bigint
