-- Statements over workspaces.

-- name: insert_workspace
INSERT INTO workspaces (id, name, settings, created_at) VALUES (?1, ?2, ?3, ?4)
RETURNING number

-- name: find_workspace
SELECT number, id, name, created_at, settings FROM workspaces WHERE id = ?1

-- name: workspace
SELECT number, id, name, created_at, settings FROM workspaces WHERE number = ?1

-- name: change_workspace
-- json_patch takes away what is null.
UPDATE workspaces SET name = ifnull(?2, name), settings = json_patch(settings, ?3)
WHERE number = ?1
RETURNING number, id, name, created_at, settings
