-- Statements over the audit log.

-- name: insert_audit
INSERT INTO audit (workspace, at, actor, act, detail) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: audit
SELECT workspace, at, actor, act, detail, number FROM audit
WHERE number < ?1 ORDER BY number DESC LIMIT ?2::bigint

-- name: workspace_audit
SELECT workspace, at, actor, act, detail, number FROM audit
WHERE workspace = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2::bigint
