-- Statements over bulk jobs, their calls and their refused items.

-- name: find
SELECT number, id, name, created_at, updated_at, closing_at, completed_at
FROM jobs
WHERE workspace = ?1 AND id = ?2

-- name: tasks
SELECT id, item_count, created_at, started_at, completed_at
FROM (
  SELECT number, id, item_count, created_at, started_at, completed_at
  FROM job_tasks
  WHERE job = ?1
  ORDER BY number DESC
  LIMIT ?2)
ORDER BY number

-- name: insert
-- An id that is there already was written by the same call, which did not hear that it was.
INSERT INTO jobs (workspace, id, name, item_count, created_at, updated_at, closing_at, completed_at)
VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?5)
ON CONFLICT (id) DO NOTHING

-- name: append
UPDATE jobs
SET item_count = item_count + ?3, updated_at = ?4, completed_at = ?4
WHERE workspace = ?1 AND id = ?2
RETURNING number, item_count

-- name: update
UPDATE jobs
SET name = ifnull(?3, name), closing_at = ifnull(?4, closing_at), updated_at = ?5
WHERE workspace = ?1 AND id = ?2

-- name: insert_task
INSERT INTO job_tasks (job, id, item_count, created_at, started_at, completed_at)
SELECT number, ?3, ?4, ?5, ?6, ?7
FROM jobs
WHERE workspace = ?1 AND id = ?2
ON CONFLICT (id) DO NOTHING
RETURNING job

-- name: insert_refused
INSERT INTO job_errors (job, place, workspace, at, method, data_type, data, code, message, field,
  contact_id, user_id, email_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)

-- name: refused
SELECT e.place, e.at, e.method, e.data_type, e.data, e.code, e.message, e.field,
  e.contact_id, e.user_id, e.email_key
FROM jobs AS j JOIN job_errors AS e ON e.job = j.number
WHERE j.workspace = ?1 AND j.id = ?2 AND e.place > ?4 AND e.at >= ?3
ORDER BY e.place
LIMIT ?5

-- name: old_refused
SELECT number FROM job_errors WHERE at < ?1 LIMIT ?2

-- name: forget_refused
DELETE FROM job_errors WHERE number IN (SELECT value FROM json_each(?1))

-- name: old_jobs
SELECT number
FROM jobs
WHERE updated_at < ?1 AND NOT EXISTS (SELECT 1 FROM job_errors WHERE job = jobs.number)
ORDER BY updated_at
LIMIT ?2

-- name: forget_tasks
DELETE FROM job_tasks WHERE job IN (SELECT value FROM json_each(?1))

-- name: forget_jobs
DELETE FROM jobs WHERE number IN (SELECT value FROM json_each(?1))
