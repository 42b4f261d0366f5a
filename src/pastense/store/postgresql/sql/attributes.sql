-- Statements over declared custom attributes. The columns are those of the row reader.

-- name: columns
SELECT name, data_type, created_at, updated_at, number, description, options,
  messenger_writable, created_by, archived_at
FROM data_attributes

-- name: all
WHERE workspace = ?1 ORDER BY number

-- name: find
WHERE workspace = ?1 AND number = ?2

-- name: find_name
WHERE workspace = ?1 AND name = ?2

-- name: find_names
WHERE workspace = ?1 AND name = ANY (ARRAY(SELECT json_array_elements_text(?2::json)))

-- name: count
SELECT count(*) FROM data_attributes WHERE workspace = ?1

-- name: insert
INSERT INTO data_attributes (workspace, name, data_type, created_at, updated_at, description,
  options, messenger_writable, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8::integer, ?9)

-- name: update
UPDATE data_attributes
SET description = ?3, options = ?4, messenger_writable = ?5::integer, archived_at = ?6,
  updated_at = ?7
WHERE workspace = ?1 AND number = ?2
