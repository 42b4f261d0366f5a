-- Statements over contacts. The columns are always those of the row reader, in its order.

-- name: columns
c.number, c.id, c.workspace, w.id, c.role, c.external_id, c.email, c.name, c.phone, c.avatar, c.owner_id,
c.unsubscribed_from_emails, c.signed_up_at, c.last_seen_at, c.session_count,
json_patch(c.custom_attributes, (
  SELECT json_group_object(name, NULL)
  FROM data_attributes
  WHERE workspace = c.workspace AND archived_at IS NOT NULL)),
c.created_at, c.updated_at, c.archived_at, c.blocked_at, c.merging,
(SELECT json_group_array(json_array(number, name)) FROM (
  SELECT t.number, t.name
  FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
  WHERE l.contact = c.number
  ORDER BY t.number))

-- name: columns_of_one
-- as: columns

-- name: find_id
WHERE c.workspace = ?1 AND c.id = ?2

-- name: find_user_id
WHERE c.workspace = ?1 AND c.external_id = ?2

-- name: find_email
WHERE c.workspace = ?1 AND c.email_key = ?2 AND c.role = 'user' ORDER BY c.number

-- name: by_number
WHERE c.number = ?1

-- name: taken_external_id
SELECT id, archived_at IS NOT NULL
FROM contacts
WHERE workspace = ?1 AND external_id = ?2 AND number <> ?3

-- name: taken_email
SELECT id, archived_at IS NOT NULL
FROM contacts
WHERE workspace = ?1 AND email_key = ?2 AND role = 'user' AND number <> ?3
LIMIT 1

-- name: count_attributes
SELECT count(*) FROM contacts AS c, json_each(c.custom_attributes)
WHERE c.number = ?1

-- name: patch_attributes
custom_attributes = json_patch(custom_attributes, ?)

-- name: merge_attributes
UPDATE contacts
SET custom_attributes = json_patch(custom_attributes, json_patch(
  (SELECT s.custom_attributes FROM contacts AS s WHERE s.number = ?1), custom_attributes))
WHERE number = ?2

-- name: insert
INSERT INTO contacts (workspace, id, role, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
RETURNING number
