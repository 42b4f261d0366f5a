-- Statements over the windows of the rate limits.

-- name: count
INSERT INTO rate_windows (start, workspace, calls)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1) WHERE true
ON CONFLICT (start, workspace) DO UPDATE SET calls = calls + excluded.calls
RETURNING start, workspace, calls

-- name: any_old
SELECT 1 FROM rate_windows WHERE start < ?1 LIMIT 1

-- name: forget
DELETE FROM rate_windows WHERE (start, workspace) IN (
  SELECT start, workspace FROM rate_windows WHERE start < ?1 LIMIT ?2)
RETURNING start
