-- Statements over subscriptions, their deliveries, and the leases of background work.
-- "ORDER BY dead_at" among those that are not dead lets an index give the order: PostgreSQL does
-- not see that IS NULL makes the column the same in all of them.

-- name: subscriptions
SELECT s.number, s.id, w.id, s.url, s.secret, s.active, s.created_at, s.updated_at,
  (SELECT coalesce(json_agg(n.name ORDER BY n.position)::text, '[]')
    FROM subscription_names AS n WHERE n.subscription = s.number)
FROM subscriptions AS s JOIN workspaces AS w ON w.number = s.workspace
WHERE s.workspace = ?1 AND s.deleted_at IS NULL AND (?2::text IS NULL OR s.id = ?2::text)
ORDER BY s.number

-- name: count_subscriptions
SELECT count(*) FROM subscriptions WHERE workspace = ?1 AND deleted_at IS NULL

-- name: insert_subscription
INSERT INTO subscriptions (workspace, id, url, secret, active, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5::integer, ?6, ?6)
RETURNING number

-- name: update_subscription
UPDATE subscriptions
SET url = coalesce(?2::text, url), secret = coalesce(?3::text, secret),
  active = coalesce(?4::integer, active), updated_at = ?5
WHERE number = ?1

-- name: delete_subscription
UPDATE subscriptions SET url = '', secret = '', active = 0, deleted_at = ?2 WHERE number = ?1

-- name: insert_subscription_names
INSERT INTO subscription_names (workspace, name, subscription, position)
SELECT ?2::bigint, j.value, ?3::bigint, j.place - 1
FROM jsonb_array_elements_text(?1::jsonb) WITH ORDINALITY AS j (value, place)

-- name: delete_subscription_names
DELETE FROM subscription_names WHERE subscription = ?1

-- name: dead
SELECT d.id, c.id, n.name, d.slot, d.created_at, d.attempts, d.queued_at, d.first_sent_at,
  d.dead_at, coalesce(d.problem, ''), d.number
FROM deliveries AS d
JOIN subscriptions AS s ON s.number = d.subscription
JOIN contacts AS c ON c.number = d.contact
JOIN event_names AS n ON n.workspace = s.workspace AND n.slot = d.slot
WHERE d.subscription = ?1 AND d.dead_at IS NOT NULL
  AND (d.dead_at, d.queued_at, d.number) < (?2::bigint, ?3::bigint, ?4::bigint)
ORDER BY d.dead_at DESC, d.queued_at DESC, d.number DESC
LIMIT ?5::bigint

-- name: count_dead
SELECT count(*) FROM deliveries WHERE subscription = ?1 AND dead_at IS NOT NULL

-- name: retry_dead
UPDATE deliveries
SET dead_at = NULL, next_at = NULL, queued_at = ?2
WHERE number IN (
  SELECT number FROM deliveries
  WHERE subscription = ?1 AND dead_at IS NOT NULL
  ORDER BY dead_at, queued_at, number
  LIMIT ?3::bigint)
RETURNING subscription, contact

-- name: any_name_is_wanted
SELECT (EXISTS (SELECT 1 FROM subscription_names))::integer

-- name: queue_deliveries
INSERT INTO deliveries (subscription, contact, created_at, slot, id, queued_at)
SELECT s.number, (j.value ->> 2)::bigint, (j.value ->> 3)::bigint, e.slot,
  uuid_send(gen_random_uuid()), ?2::bigint
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS j (value, place)
JOIN subscription_names AS n
  ON n.workspace = (j.value ->> 0)::bigint AND n.name = j.value ->> 1
JOIN subscriptions AS s ON s.number = n.subscription AND s.active = 1
JOIN event_names AS e
  ON e.workspace = n.workspace AND e.slot = (j.value ->> 4)::integer AND e.archived_at IS NULL
ORDER BY j.place, s.number
RETURNING subscription, contact

-- name: give_turns
UPDATE deliveries
SET next_at = ?2::bigint
WHERE next_at IS NULL AND number IN (
  SELECT (
    SELECT d.number FROM deliveries AS d
    WHERE d.contact = (j.value ->> 1)::bigint AND d.subscription = (j.value ->> 0)::bigint
      AND d.dead_at IS NULL
    ORDER BY d.dead_at, d.number
    LIMIT 1)
  FROM jsonb_array_elements(?1::jsonb) AS j (value))

-- name: receivers
SELECT s.number, s.workspace
FROM subscriptions AS s
WHERE s.active = 1 AND EXISTS (
  SELECT 1 FROM deliveries AS d WHERE d.subscription = s.number AND d.next_at IS NOT NULL)
ORDER BY s.number

-- name: due
-- The oldest of the contact is looked up for each row, as a join would read all that wait. "<="
-- says what "=" would; the planner takes "=" for rare, and would read and sort all that are due.
SELECT d.number
FROM deliveries AS d
WHERE d.subscription = ?1 AND d.next_at <= ?2::bigint
  AND EXISTS (SELECT 1 FROM contacts AS c WHERE c.number = d.contact)
  AND d.number <= (
    SELECT older.number FROM deliveries AS older
    WHERE older.contact = d.contact AND older.subscription = d.subscription
      AND older.dead_at IS NULL
    ORDER BY older.dead_at, older.number
    LIMIT 1)
ORDER BY d.next_at, d.number
LIMIT ?3::bigint

-- name: far_ahead
SELECT d.number FROM subscriptions AS s JOIN deliveries AS d ON d.subscription = s.number
WHERE d.next_at > ?1::bigint
LIMIT ?2::bigint

-- name: bring_back
UPDATE deliveries SET next_at = ?2::bigint
WHERE next_at IS NOT NULL
  AND number IN (SELECT (value #>> '{}')::bigint FROM jsonb_array_elements(?1::jsonb))
RETURNING number

-- name: load
SELECT d.number, d.id, s.id, s.url, s.secret, w.id, c.id, c.external_id, c.email, n.name, d.slot,
  d.created_at,
  coalesce(
    (SELECT e.metadata FROM events AS e
      WHERE e.contact = d.contact AND e.created_at = d.created_at AND e.slot = d.slot),
    (SELECT e.metadata FROM moves AS m JOIN events AS e
      ON e.contact = m.source AND e.created_at = d.created_at AND e.slot = d.slot
      WHERE m.target = d.contact ORDER BY m.position LIMIT 1),
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
WHERE d.number = ?1 AND d.dead_at IS NULL

-- name: end_delivered
DELETE FROM deliveries
WHERE number IN (SELECT (value #>> '{}')::bigint FROM jsonb_array_elements(?1::jsonb))
RETURNING subscription, contact

-- name: end_failed
UPDATE deliveries
SET attempts = deliveries.attempts + 1,
  first_sent_at = coalesce(deliveries.first_sent_at, j.sent_at), problem = j.problem,
  next_at = j.next_at, dead_at = CASE WHEN j.next_at IS NULL THEN ?2::bigint END
FROM (
  SELECT (value ->> 0)::bigint AS number, (value ->> 1)::bigint AS sent_at,
    value ->> 2 AS problem, (value ->> 3)::bigint AS next_at
  FROM jsonb_array_elements(?1::jsonb)) AS j
WHERE deliveries.number = j.number AND deliveries.dead_at IS NULL
RETURNING subscription, contact

-- name: any_expired
-- The first one in the index is looked at: with EXISTS all would be read where there is none.
SELECT coalesce((
  SELECT queued_at FROM deliveries
  WHERE subscription = ?1 AND dead_at IS NULL
  ORDER BY dead_at, queued_at
  LIMIT 1) < ?2::bigint, false)::integer

-- name: expire
UPDATE deliveries
SET dead_at = ?4::bigint, next_at = NULL, problem = coalesce(problem, ?3::text)
WHERE number IN (
  SELECT number FROM deliveries
  WHERE subscription = ?1 AND dead_at IS NULL AND queued_at < ?2
  ORDER BY dead_at, queued_at
  LIMIT ?5::bigint)
RETURNING subscription, contact

-- name: deleted_subscription
SELECT number FROM subscriptions WHERE deleted_at IS NOT NULL LIMIT 1

-- name: erase_some
DELETE FROM deliveries
WHERE number IN (
  SELECT number FROM deliveries WHERE subscription = ?1 ORDER BY dead_at LIMIT ?2::bigint)

-- name: erase_subscription
DELETE FROM subscriptions WHERE number = ?1

-- name: long_dead
SELECT d.number
FROM subscriptions AS s
CROSS JOIN LATERAL (
  SELECT number FROM deliveries
  WHERE subscription = s.number AND dead_at < ?1
  ORDER BY dead_at
  LIMIT ?2::bigint) AS d
LIMIT ?2::bigint

-- name: erase_dead
DELETE FROM deliveries
WHERE number IN (SELECT (value #>> '{}')::bigint FROM jsonb_array_elements(?1::jsonb))
  AND dead_at < ?2

-- name: waiting_in_vain
SELECT s.number
FROM subscriptions AS s
WHERE s.active = 0 AND (
  SELECT d.queued_at FROM deliveries AS d
  WHERE d.subscription = s.number AND d.dead_at IS NULL
  ORDER BY d.dead_at, d.queued_at
  LIMIT 1) < ?1::bigint
LIMIT 1

-- name: read_lease
SELECT holder, until FROM leases WHERE name = ?1

-- name: take_lease
INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= ?4 OR leases.until > ?5
RETURNING until

-- name: end_lease
DELETE FROM leases WHERE name = ?1 AND holder = ?2
