-- Statements over the windows of the rate limits.

-- name: count
INSERT INTO rate_windows (start, workspace, calls)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::bigint
FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS given (value, place) ORDER BY place
ON CONFLICT (start, workspace) DO UPDATE SET calls = rate_windows.calls + excluded.calls
RETURNING start, workspace, calls

-- name: any_old
SELECT 1 FROM rate_windows WHERE start < ?1::bigint LIMIT 1

-- name: forget
DELETE FROM rate_windows WHERE (start, workspace) IN (
  SELECT start, workspace FROM rate_windows WHERE start < ?1::bigint LIMIT ?2::bigint)
RETURNING start
