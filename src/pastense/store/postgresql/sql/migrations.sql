-- Which migrations were applied, and what the first one makes.

-- name: tables
SELECT tablename FROM pg_tables WHERE schemaname = current_schema()

-- name: applied
SELECT number, name, applied_at FROM migrations ORDER BY number

-- name: make
CREATE TABLE migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at bigint NOT NULL
)

-- name: note
INSERT INTO migrations (number, name, applied_at) VALUES (?1, ?2, ?3)

-- name: first_workspace
INSERT INTO workspaces (id, name, created_at) VALUES (?1, ?2, ?3)

-- name: origin_of_copy
SELECT origin FROM copies
