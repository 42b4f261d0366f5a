-- Statements over contacts. The columns are always those of the row reader, in its order. Custom
-- attributes stay in their own order, and their values as they are spelled: hence json, not jsonb.

-- name: columns
c.number, c.id, c.workspace, w.id, c.role, c.external_id, c.email, c.name, c.phone, c.avatar, c.owner_id,
c.unsubscribed_from_emails, c.signed_up_at, c.last_seen_at, c.session_count,
(SELECT coalesce(json_object_agg(a.key, a.value ORDER BY a.place), '{}')::text
  FROM json_each(c.custom_attributes::json) WITH ORDINALITY AS a (key, value, place)
  WHERE NOT EXISTS (
    SELECT FROM data_attributes AS d
    WHERE d.workspace = c.workspace AND d.name = a.key AND d.archived_at IS NOT NULL)),
c.created_at, c.updated_at, c.archived_at, c.blocked_at, c.merging,
(SELECT coalesce(json_agg(json_build_array(t.number, t.name) ORDER BY t.number), '[]')::text
  FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
  WHERE l.contact = c.number)

-- name: columns_of_one
-- as: columns

-- name: find_id
WHERE c.workspace = ?1 AND c.id = ?2

-- name: find_user_id
WHERE c.workspace = ?1 AND c.external_id = ?2

-- name: find_email
WHERE c.workspace = ?1 AND c.email_key = ?2 AND c.role = 'user' ORDER BY c.number

-- name: by_number
WHERE c.number = ?1::bigint

-- name: taken_external_id
SELECT id, (archived_at IS NOT NULL)::integer
FROM contacts
WHERE workspace = ?1 AND external_id = ?2 AND number <> ?3

-- name: taken_email
SELECT id, (archived_at IS NOT NULL)::integer
FROM contacts
WHERE workspace = ?1 AND email_key = ?2 AND role = 'user' AND number <> ?3
LIMIT 1

-- name: count_attributes
SELECT count(*) FROM contacts AS c, json_each(c.custom_attributes::json)
WHERE c.number = ?1

-- name: patch_attributes
custom_attributes = (
  SELECT coalesce(json_object_agg(
    coalesce(patch.key, before.key), coalesce(patch.value, before.value)
    ORDER BY before.place, patch.place), '{}')::text
  FROM json_each(custom_attributes::json) WITH ORDINALITY AS before (key, value, place)
  FULL JOIN json_each(?::json) WITH ORDINALITY AS patch (key, value, place)
    ON patch.key = before.key
  WHERE patch.key IS NULL OR json_typeof(patch.value) <> 'null')

-- name: merge_attributes
UPDATE contacts
SET custom_attributes = (
  SELECT coalesce(json_object_agg(a.key, a.value ORDER BY a.part, a.place), '{}')::text
  FROM (
    SELECT own.key, own.value, 1 AS part, own.place
    FROM json_each(contacts.custom_attributes::json) WITH ORDINALITY AS own (key, value, place)
    UNION ALL
    SELECT given.key, given.value, 2, given.place
    FROM contacts AS s,
      json_each(s.custom_attributes::json) WITH ORDINALITY AS given (key, value, place)
    WHERE s.number = ?1 AND NOT EXISTS (
      SELECT FROM json_object_keys(contacts.custom_attributes::json) AS own (key)
      WHERE own.key = given.key)) AS a)
WHERE number = ?2

-- name: insert
INSERT INTO contacts (workspace, id, role, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
RETURNING number
