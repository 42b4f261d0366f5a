-- Statements about the catalogue of event names. Names are on every node; what is counted of them
-- is read from the shards for those names only that are to be shown.

-- name: columns
-- Rows of the second step are (slot, count, first, last), those of the third (slot, key, count).
SELECT n.name, n.description, n.archived_at, n.created_at, (c.value ->> 2)::bigint,
  (c.value ->> 3)::bigint, coalesce((c.value ->> 1)::bigint, 0),
  (SELECT coalesce(json_agg(json_build_array(k.key, k.type) ORDER BY k.position)::text, '[]')
    FROM event_name_keys AS k
    WHERE k.workspace = n.workspace AND k.slot = n.slot),
  (SELECT coalesce(json_agg(json_build_array(k.value ->> 1, (k.value ->> 2)::bigint)
      ORDER BY (k.value ->> 2)::bigint DESC, (k.value ->> 1) COLLATE "C")::text, '[]')
    FROM jsonb_array_elements(?rows3::jsonb) AS k (value)
    WHERE (k.value ->> 0)::integer = n.slot)
FROM event_names AS n
LEFT JOIN jsonb_array_elements(?rows2::jsonb) AS c (value) ON (c.value ->> 0)::integer = n.slot

-- name: one
-- first
SELECT slot FROM event_names WHERE workspace = ?1 AND name = ?2
-- then
-- first
SELECT slot, sum(count)::bigint, min(first), max(last)
FROM name_counts
WHERE workspace = ?1 AND slot = ANY (?found1::integer[])
GROUP BY slot
-- then
-- first
SELECT slot, key, count
FROM event_name_ignored_keys
WHERE workspace = ?1 AND slot = ANY (?found1::integer[])
-- then
WHERE n.workspace = ?1 AND n.name = ?2

-- name: page
-- first
SELECT slot
FROM event_names
WHERE workspace = ?1 AND name >= ?2 AND name <= ?3 AND name > ?4
  AND (?5::boolean OR archived_at IS NULL)
ORDER BY name
LIMIT ?6::bigint
-- then
-- first
SELECT slot, sum(count)::bigint, min(first), max(last)
FROM name_counts
WHERE workspace = ?1 AND slot = ANY (?found1::integer[])
GROUP BY slot
-- then
-- first
SELECT slot, key, count
FROM event_name_ignored_keys
WHERE workspace = ?1 AND slot = ANY (?found1::integer[])
-- then
WHERE n.workspace = ?1 AND n.slot = ANY (?found1::integer[])
ORDER BY n.name
