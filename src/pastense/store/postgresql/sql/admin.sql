-- Statements over workspaces and tokens.

-- name: workspaces
SELECT number, id, name, created_at, settings FROM workspaces ORDER BY number

-- name: insert_token
INSERT INTO tokens (workspace, hash, name, scopes, version, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
RETURNING number

-- name: tokens
SELECT t.number, t.name, t.scopes, t.version, t.created_at, t.expires_at, t.revoked_at,
  w.number, w.id, w.name, w.created_at, w.settings
FROM tokens AS t JOIN workspaces AS w ON w.number = t.workspace

-- name: revoke_token
UPDATE tokens SET revoked_at = ?2 WHERE number = ?1 AND revoked_at IS NULL

-- name: has_token
SELECT 1 FROM tokens WHERE number = ?1
