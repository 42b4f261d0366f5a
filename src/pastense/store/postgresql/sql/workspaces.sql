-- Statements over workspaces.

-- name: insert_workspace
INSERT INTO workspaces (id, name, settings, created_at) VALUES (?1, ?2, ?3, ?4)
RETURNING number

-- name: find_workspace
SELECT number, id, name, created_at, settings FROM workspaces WHERE id = ?1

-- name: workspace
SELECT number, id, name, created_at, settings FROM workspaces WHERE number = ?1

-- name: change_workspace
-- Settings lie flat, so joining the two objects is all; what is null then is taken away. A text
-- that says the same stays as it is.
UPDATE workspaces SET name = coalesce(?2::text, name),
  settings = CASE
    WHEN jsonb_strip_nulls(settings::jsonb || ?3::jsonb) = settings::jsonb THEN settings
    ELSE jsonb_strip_nulls(settings::jsonb || ?3::jsonb)::text END
WHERE number = ?1
RETURNING number, id, name, created_at, settings
