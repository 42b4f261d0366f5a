-- Which migrations were applied, and what the first one makes.

-- name: tables
SELECT name FROM sqlite_schema

-- name: applied
SELECT number, name, applied_at FROM migrations ORDER BY number

-- name: make
CREATE TABLE migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT

-- name: note
INSERT INTO migrations (number, name, applied_at) VALUES (?1, ?2, ?3)

-- name: first_workspace
INSERT INTO workspaces (number, id, name, created_at) VALUES (1, ?1, ?2, ?3)

-- name: origin_of_copy
SELECT origin FROM copies
