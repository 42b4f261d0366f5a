-- Statements about the catalogue of event names.

-- name: columns
SELECT n.name, n.description, n.archived_at, n.created_at, n.first, n.last, n.count,
  (SELECT json_group_array(json_array(key, type)) FROM (
    SELECT key, type
    FROM event_name_keys
    WHERE workspace = n.workspace AND slot = n.slot
    ORDER BY position)),
  (SELECT json_group_array(json_array(key, count)) FROM (
    SELECT key, count
    FROM event_name_ignored_keys
    WHERE workspace = n.workspace AND slot = n.slot
    ORDER BY count DESC, key))
FROM event_names AS n

-- name: one
WHERE n.workspace = ?1 AND n.name = ?2

-- name: page
WHERE n.workspace = ?1 AND n.name >= ?2 AND n.name <= ?3 AND n.name > ?4
  AND (?5 OR n.archived_at IS NULL)
ORDER BY n.name
LIMIT ?6

-- name: active_names
SELECT count(*) FROM event_names WHERE workspace = ?1 AND archived_at IS NULL

-- name: describe
UPDATE event_names SET description = ?3
WHERE workspace = ?1 AND name = ?2 AND description IS NOT ?3

-- name: archive
UPDATE event_names SET archived_at = ?3
WHERE workspace = ?1 AND name = ?2 AND archived_at IS NULL

-- name: unarchive
UPDATE event_names SET archived_at = NULL
WHERE workspace = ?1 AND name = ?2 AND archived_at IS NOT NULL
