-- Statements about contacts that go. What is of two contacts may lie on two nodes: it is read from
-- one and written to the other.

-- name: keep_deliveries
-- first
DELETE FROM deliveries WHERE contact = ?1::bigint
RETURNING number, subscription, created_at, slot, encode(id, 'hex'), attempts, queued_at,
  first_sent_at, next_at, dead_at, problem
-- then
INSERT INTO deliveries (number, contact, subscription, created_at, slot, id, attempts, queued_at,
  first_sent_at, next_at, dead_at, problem)
SELECT (j.value ->> 0)::bigint, ?2::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::bigint,
  (j.value ->> 3)::integer, decode(j.value ->> 4, 'hex'), (j.value ->> 5)::integer,
  (j.value ->> 6)::bigint, (j.value ->> 7)::bigint, (j.value ->> 8)::bigint,
  (j.value ->> 9)::bigint, j.value ->> 10
FROM jsonb_array_elements(?rows1::jsonb) AS j (value)

-- name: doubles
-- first
SELECT created_at, slot FROM events
WHERE contact = ?1::bigint AND (created_at, slot) <= (?2::bigint, ?3::integer)
-- then
SELECT ?4::bigint, u.slot, count(*)
FROM jsonb_array_elements(?rows1::jsonb) AS l (value)
JOIN events AS u ON u.contact = ?5::bigint
  AND u.created_at = (l.value ->> 0)::bigint AND u.slot = (l.value ->> 1)::integer
GROUP BY u.slot

-- name: sum_up
-- first
SELECT created_at, slot FROM events
WHERE contact = ?1::bigint AND (created_at, slot) <= (?2::bigint, ?3::integer)
-- then
-- first
SELECT u.created_at, u.slot
FROM jsonb_array_elements(?rows1::jsonb) AS l (value)
JOIN events AS u ON u.contact = ?4::bigint
  AND u.created_at = (l.value ->> 0)::bigint AND u.slot = (l.value ->> 1)::integer
-- then
INSERT INTO summaries (contact, slot, count, first, last)
SELECT ?4::bigint, (l.value ->> 1)::integer, count(*), min((l.value ->> 0)::bigint),
  max((l.value ->> 0)::bigint)
FROM jsonb_array_elements(?rows1::jsonb) AS l (value)
WHERE l.value NOT IN (SELECT u.value FROM jsonb_array_elements(?rows2::jsonb) AS u (value))
GROUP BY (l.value ->> 1)::integer
ORDER BY 2
ON CONFLICT (contact, slot) DO UPDATE SET
  count = summaries.count + excluded.count,
  first = least(summaries.first, excluded.first),
  last = greatest(summaries.last, excluded.last)

-- name: waiting_doubles
-- first
SELECT m.source, m.target, (j.value ->> 1)::bigint, (j.value ->> 2)::integer, m.workspace,
  m.position
FROM jsonb_array_elements(?1::jsonb) AS j (value)
JOIN moves AS m ON m.target = (j.value ->> 0)::bigint
-- then
SELECT (j.value ->> 1)::bigint, e.created_at, e.slot, e.contact, (j.value ->> 4)::bigint
FROM jsonb_array_elements(?rows1::jsonb) AS j (value)
JOIN events AS e ON e.contact = (j.value ->> 0)::bigint
  AND e.created_at = (j.value ->> 2)::bigint
  AND e.slot = (j.value ->> 3)::integer
WHERE e.contact = ANY (?found1::bigint[])
ORDER BY (j.value ->> 5)::bigint

-- name: pull_events
-- Of several events with one key the first of the list is the one that stays.
-- first
SELECT (j.value ->> 3)::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
-- first
SELECT (j.value ->> 0)::bigint, e.created_at, e.slot, e.metadata, j.place
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN events AS e ON e.contact = (j.value ->> 3)::bigint
  AND e.created_at = (j.value ->> 1)::bigint
  AND e.slot = (j.value ->> 2)::integer
WHERE e.contact = ANY (?found1::bigint[])
-- then
INSERT INTO events (contact, created_at, slot, metadata)
SELECT DISTINCT ON (1, 2, 3) (j.value ->> 0)::bigint, (j.value ->> 1)::bigint,
  (j.value ->> 2)::integer, j.value ->> 3
FROM jsonb_array_elements(?rows2::jsonb) AS j (value)
ORDER BY 1, 2, 3, (j.value ->> 4)::bigint
ON CONFLICT DO NOTHING
RETURNING contact, created_at, slot

-- name: drop_pulled
-- first
SELECT (j.value ->> 3)::bigint FROM jsonb_array_elements(?1::jsonb) AS j (value)
-- then
DELETE FROM events
WHERE contact = ANY (?found1::bigint[]) AND (contact, created_at, slot) IN (
  SELECT (j.value ->> 3)::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::integer
  FROM jsonb_array_elements(?1::jsonb) AS j (value))
