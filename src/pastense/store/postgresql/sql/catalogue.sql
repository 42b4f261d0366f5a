-- Statements about the catalogue of event names.

-- name: columns
SELECT n.name, n.description, n.archived_at, n.created_at, c.first, c.last,
  coalesce(c.count, 0)::bigint,
  (SELECT coalesce(json_agg(json_build_array(k.key, k.type) ORDER BY k.position)::text, '[]')
    FROM event_name_keys AS k
    WHERE k.workspace = n.workspace AND k.slot = n.slot),
  (SELECT coalesce(json_agg(json_build_array(k.key, k.count) ORDER BY k.count DESC, k.key)::text,
      '[]')
    FROM event_name_ignored_keys AS k
    WHERE k.workspace = n.workspace AND k.slot = n.slot)
FROM event_names AS n
CROSS JOIN LATERAL (
  SELECT sum(p.count) AS count, min(p.first) AS first, max(p.last) AS last
  FROM name_counts AS p
  WHERE p.workspace = n.workspace AND p.slot = n.slot) AS c

-- name: one
WHERE n.workspace = ?1 AND n.name = ?2

-- name: page
WHERE n.workspace = ?1 AND n.name >= ?2 AND n.name <= ?3 AND n.name > ?4
  AND (?5::boolean OR n.archived_at IS NULL)
ORDER BY n.name
LIMIT ?6::bigint

-- name: active_names
SELECT count(*) FROM event_names WHERE workspace = ?1 AND archived_at IS NULL

-- name: describe
UPDATE event_names SET description = ?3::text
WHERE workspace = ?1 AND name = ?2 AND description IS DISTINCT FROM ?3::text

-- name: archive
UPDATE event_names SET archived_at = ?3
WHERE workspace = ?1 AND name = ?2 AND archived_at IS NULL

-- name: unarchive
UPDATE event_names SET archived_at = NULL
WHERE workspace = ?1 AND name = ?2 AND archived_at IS NOT NULL
