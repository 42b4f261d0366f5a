-- Statements over subscriptions, their deliveries, and the leases of background work.

-- name: subscriptions
SELECT s.number, s.id, w.id, s.url, s.secret, s.active, s.created_at, s.updated_at,
  (SELECT json_group_array(name) FROM (
    SELECT name FROM subscription_names WHERE subscription = s.number ORDER BY position))
FROM subscriptions AS s JOIN workspaces AS w ON w.number = s.workspace
WHERE s.workspace = ?1 AND s.deleted_at IS NULL AND (?2 IS NULL OR s.id = ?2)
ORDER BY s.number

-- name: count_subscriptions
SELECT count(*) FROM subscriptions WHERE workspace = ?1 AND deleted_at IS NULL

-- name: insert_subscription
INSERT INTO subscriptions (workspace, id, url, secret, active, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
RETURNING number

-- name: update_subscription
UPDATE subscriptions
SET url = ifnull(?2, url), secret = ifnull(?3, secret), active = ifnull(?4, active),
  updated_at = ?5
WHERE number = ?1

-- name: delete_subscription
UPDATE subscriptions SET url = '', secret = '', active = 0, deleted_at = ?2 WHERE number = ?1

-- name: insert_subscription_names
INSERT INTO subscription_names (workspace, name, subscription, position)
SELECT ?2, value, ?3, key FROM json_each(?1)

-- name: delete_subscription_names
DELETE FROM subscription_names WHERE subscription = ?1

-- name: dead
SELECT d.id, c.id, n.name, d.slot, d.created_at, d.attempts, d.queued_at, d.first_sent_at,
  d.dead_at, ifnull(d.problem, ''), d.number
FROM deliveries AS d
CROSS JOIN subscriptions AS s ON s.number = d.subscription
CROSS JOIN contacts AS c ON c.number = d.contact
CROSS JOIN event_names AS n ON n.workspace = s.workspace AND n.slot = d.slot
WHERE d.subscription = ?1 AND d.dead_at IS NOT NULL
  AND (d.dead_at, d.queued_at, d.number) < (?2, ?3, ?4)
ORDER BY d.dead_at DESC, d.queued_at DESC, d.number DESC
LIMIT ?5

-- name: count_dead
SELECT count(*) FROM deliveries WHERE subscription = ?1 AND dead_at IS NOT NULL

-- name: retry_dead
UPDATE deliveries
SET dead_at = NULL, next_at = NULL, queued_at = ?2
WHERE number IN (
  SELECT number FROM deliveries
  WHERE subscription = ?1 AND dead_at IS NOT NULL
  ORDER BY dead_at, queued_at, number
  LIMIT ?3)
RETURNING subscription, contact

-- name: any_name_is_wanted
SELECT EXISTS (SELECT 1 FROM subscription_names)

-- name: queue_deliveries
INSERT INTO deliveries (subscription, contact, created_at, slot, id, queued_at)
SELECT s.number, json_extract(j.value, '$[2]'), json_extract(j.value, '$[3]'),
  json_extract(j.value, '$[4]'), randomblob(16), ?2
FROM json_each(?1) AS j
CROSS JOIN subscription_names AS n
  ON n.workspace = json_extract(j.value, '$[0]') AND n.name = json_extract(j.value, '$[1]')
CROSS JOIN subscriptions AS s ON s.number = n.subscription AND s.active = 1
CROSS JOIN event_names AS e
  ON e.workspace = n.workspace AND e.slot = json_extract(j.value, '$[4]')
  AND e.archived_at IS NULL
WHERE true
ORDER BY j.key, s.number
RETURNING subscription, contact

-- name: give_turns
UPDATE deliveries
SET next_at = ?2
WHERE next_at IS NULL AND number IN (
  SELECT (
    SELECT d.number FROM deliveries AS d
    WHERE d.contact = json_extract(j.value, '$[1]')
      AND d.subscription = json_extract(j.value, '$[0]') AND d.dead_at IS NULL
    ORDER BY d.number
    LIMIT 1)
  FROM json_each(?1) AS j)

-- name: receivers
SELECT s.number, s.workspace
FROM subscriptions AS s
WHERE s.active = 1 AND EXISTS (
  SELECT 1 FROM deliveries AS d WHERE d.subscription = s.number AND d.next_at IS NOT NULL)
ORDER BY s.number

-- name: due
SELECT d.number
FROM deliveries AS d INDEXED BY deliveries_by_turn
WHERE d.subscription = ?1 AND d.next_at <= ?2
  AND EXISTS (SELECT 1 FROM contacts AS c WHERE c.number = d.contact)
  AND NOT EXISTS (
    SELECT 1 FROM deliveries AS older
    WHERE older.contact = d.contact AND older.subscription = d.subscription
      AND older.dead_at IS NULL AND older.number < d.number)
ORDER BY d.next_at, d.number
LIMIT ?3

-- name: far_ahead
SELECT d.number FROM subscriptions AS s JOIN deliveries AS d ON d.subscription = s.number
WHERE d.next_at > ?1
LIMIT ?2

-- name: bring_back
UPDATE deliveries SET next_at = ?2
WHERE number IN (SELECT value FROM json_each(?1)) AND next_at IS NOT NULL
RETURNING number

-- name: load
SELECT d.number, d.id, s.id, s.url, s.secret, w.id, c.id, c.external_id, c.email, n.name, d.slot,
  d.created_at,
  coalesce(
    (SELECT e.metadata FROM events AS e
      WHERE e.contact = d.contact AND e.created_at = d.created_at AND e.slot = d.slot),
    (SELECT e.metadata FROM moves AS m CROSS JOIN events AS e
      ON e.contact = m.source AND e.created_at = d.created_at AND e.slot = d.slot
      WHERE m.target = d.contact ORDER BY m.position LIMIT 1),
    '{}'),
  d.attempts, d.queued_at, d.first_sent_at,
  (SELECT min(f.number) FROM deliveries AS f
    WHERE f.contact = d.contact AND f.subscription = d.subscription AND f.dead_at IS NULL
      AND f.number > d.number)
FROM deliveries AS d
CROSS JOIN subscriptions AS s ON s.number = d.subscription AND s.active = 1
CROSS JOIN workspaces AS w ON w.number = s.workspace
CROSS JOIN contacts AS c ON c.number = d.contact
CROSS JOIN event_names AS n ON n.workspace = s.workspace AND n.slot = d.slot
WHERE d.number = ?1 AND d.dead_at IS NULL

-- name: end_delivered
DELETE FROM deliveries
WHERE number IN (SELECT value FROM json_each(?1))
RETURNING subscription, contact

-- name: end_failed
UPDATE deliveries
SET attempts = attempts + 1, first_sent_at = ifnull(first_sent_at, j.sent_at),
  problem = j.problem, next_at = j.next_at, dead_at = iif(j.next_at IS NULL, ?2, NULL)
FROM (
  SELECT json_extract(value, '$[0]') AS number, json_extract(value, '$[1]') AS sent_at,
    json_extract(value, '$[2]') AS problem, json_extract(value, '$[3]') AS next_at
  FROM json_each(?1)) AS j
WHERE deliveries.number = j.number AND deliveries.dead_at IS NULL
RETURNING subscription, contact

-- name: any_expired
SELECT EXISTS (
  SELECT 1 FROM deliveries WHERE subscription = ?1 AND dead_at IS NULL AND queued_at < ?2)

-- name: expire
UPDATE deliveries
SET dead_at = ?4, next_at = NULL, problem = ifnull(problem, ?3)
WHERE number IN (
  SELECT number FROM deliveries
  WHERE subscription = ?1 AND dead_at IS NULL AND queued_at < ?2
  ORDER BY queued_at
  LIMIT ?5)
RETURNING subscription, contact

-- name: deleted_subscription
SELECT number FROM subscriptions WHERE deleted_at IS NOT NULL LIMIT 1

-- name: erase_some
DELETE FROM deliveries
WHERE number IN (SELECT number FROM deliveries WHERE subscription = ?1 LIMIT ?2)

-- name: erase_subscription
DELETE FROM subscriptions WHERE number = ?1

-- name: long_dead
SELECT d.number
FROM subscriptions AS s CROSS JOIN deliveries AS d
  ON d.subscription = s.number AND d.dead_at < ?1
LIMIT ?2

-- name: erase_dead
DELETE FROM deliveries
WHERE number IN (SELECT value FROM json_each(?1)) AND dead_at < ?2

-- name: waiting_in_vain
SELECT s.number
FROM subscriptions AS s
WHERE s.active = 0 AND EXISTS (
  SELECT 1 FROM deliveries AS d
  WHERE d.subscription = s.number AND d.dead_at IS NULL AND d.queued_at < ?1)
LIMIT 1

-- name: read_lease
SELECT holder, until FROM leases WHERE name = ?1

-- name: take_lease
INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE holder = excluded.holder OR until <= ?4 OR until > ?5
RETURNING until

-- name: end_lease
DELETE FROM leases WHERE name = ?1 AND holder = ?2
