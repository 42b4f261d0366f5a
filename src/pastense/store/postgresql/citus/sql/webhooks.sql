-- Statements over deliveries. One is known by its number, which lies with its contact: its contact
-- is found first, on all shards.

-- name: load
-- first
SELECT contact, created_at, slot FROM deliveries WHERE number = ?1 AND dead_at IS NULL
-- then
-- first
SELECT source FROM moves WHERE target = ?one1::bigint ORDER BY position
-- then
-- first
SELECT metadata
FROM events
WHERE contact = ANY (?found2::bigint[]) AND created_at = (?rows1::jsonb -> 0 ->> 1)::bigint
  AND slot = (?rows1::jsonb -> 0 ->> 2)::integer
ORDER BY array_position(?found2::bigint[], contact)
LIMIT 1
-- then
SELECT d.number, d.id, s.id, s.url, s.secret, w.id, c.id, c.external_id, c.email, n.name, d.slot,
  d.created_at,
  coalesce(
    (SELECT e.metadata FROM events AS e
      WHERE e.contact = d.contact AND e.created_at = d.created_at AND e.slot = d.slot),
    ?one3::text,
    '{}'),
  d.attempts, d.queued_at, d.first_sent_at,
  (SELECT f.number FROM deliveries AS f
    WHERE f.contact = d.contact AND f.subscription = d.subscription AND f.dead_at IS NULL
      AND f.number > d.number
    ORDER BY f.dead_at, f.number
    LIMIT 1)
FROM deliveries AS d
JOIN subscriptions AS s ON s.number = d.subscription AND s.active = 1
JOIN workspaces AS w ON w.number = s.workspace
JOIN contacts AS c ON c.number = d.contact
JOIN event_names AS n ON n.workspace = s.workspace AND n.slot = d.slot
WHERE d.contact = ?one1::bigint AND d.number = ?1 AND d.dead_at IS NULL

-- name: give_turns
-- first
SELECT j.value ->> 1 FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT min(d.number)
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN deliveries AS d
  ON d.contact = (j.value ->> 1)::bigint AND d.subscription = (j.value ->> 0)::bigint
WHERE d.contact = ANY (?found1::bigint[]) AND d.dead_at IS NULL
GROUP BY d.contact, d.subscription
-- then
UPDATE deliveries
SET next_at = ?2::bigint
WHERE contact = ANY (?found1::bigint[]) AND number = ANY (?found2::bigint[]) AND next_at IS NULL

-- name: receivers
-- first
SELECT subscription FROM deliveries WHERE next_at IS NOT NULL GROUP BY subscription
-- then
SELECT number, workspace
FROM subscriptions
WHERE active = 1 AND number = ANY (?found1::bigint[])
ORDER BY number

-- name: long_dead
-- first
SELECT number FROM subscriptions
-- then
SELECT number
FROM deliveries
WHERE subscription = ANY (?found1::bigint[]) AND dead_at < ?1
LIMIT ?2::bigint

-- name: waiting_in_vain
-- first
SELECT number FROM subscriptions WHERE active = 0
-- then
SELECT subscription
FROM deliveries
WHERE subscription = ANY (?found1::bigint[]) AND dead_at IS NULL AND queued_at < ?1::bigint
LIMIT 1
