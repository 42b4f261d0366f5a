-- Statements over tags and the contacts that carry them.

-- name: all
SELECT number, name FROM tags WHERE workspace = ?1 ORDER BY number

-- name: find
SELECT number, name FROM tags WHERE workspace = ?1 AND number = ?2

-- name: find_name
SELECT number, name FROM tags WHERE workspace = ?1 AND name_key = ?2

-- name: count
SELECT count(*) FROM tags WHERE workspace = ?1

-- name: insert
INSERT INTO tags (workspace, name, name_key, created_at) VALUES (?1, ?2, ?3, ?4)
RETURNING number, name

-- name: rename
UPDATE tags SET name = ?2, name_key = ?3 WHERE number = ?1

-- name: delete
DELETE FROM tags WHERE workspace = ?1 AND number = ?2

-- name: start_erasure
INSERT INTO tag_erasures (tag)
SELECT tag FROM contact_tags WHERE tag = ?1 ORDER BY contact LIMIT 1

-- name: next_erasure
SELECT tag FROM tag_erasures ORDER BY tag LIMIT 1

-- name: erase
DELETE FROM contact_tags
WHERE tag = ?1 AND contact IN (
  SELECT contact FROM contact_tags WHERE tag = ?1 ORDER BY contact LIMIT ?2)

-- name: end_erasure
DELETE FROM tag_erasures WHERE tag = ?1

-- name: contact_id
SELECT number, 1 FROM contacts WHERE workspace = ?1 AND id = ?2 AND role <> 'visitor'

-- name: contact_user_id
SELECT number, 1 FROM contacts WHERE workspace = ?1 AND external_id = ?2 AND role <> 'visitor'

-- name: contact_email
SELECT number, (archived_at IS NULL)::integer
FROM contacts
WHERE workspace = ?1 AND email_key = ?2 AND role = 'user'

-- name: of_contact
SELECT t.number, t.name, l.applied_at, l.applied_by
FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
WHERE l.contact = ?1
ORDER BY t.number

-- name: on_contact
SELECT t.number, t.name, l.applied_at, l.applied_by
FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
WHERE l.contact = ?1 AND l.tag = ?2

-- name: count_on_contact
SELECT count(*)
FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
WHERE l.contact = ?1 AND l.tag <> ?2

-- name: attach
INSERT INTO contact_tags (contact, tag, applied_at, applied_by) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO NOTHING

-- name: detach
DELETE FROM contact_tags WHERE contact = ?1 AND tag = ?2
