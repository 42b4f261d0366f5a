-- Contacts are found in two steps: one shard of identities says which number an identifier has,
-- one shard of contacts what is known of it. The identifier is compared once more there, as it may
-- have gone to somebody else between the two.

-- name: columns
-- The attributes are those of the contact itself, found by its number: Citus does not take a
-- function for a table in a subquery that depends on the row, unless a table of the shard is there.
c.number, c.id, c.workspace, w.id, c.role, c.external_id, c.email, c.name, c.phone, c.avatar, c.owner_id,
c.unsubscribed_from_emails, c.signed_up_at, c.last_seen_at, c.session_count,
(SELECT coalesce(json_object_agg(a.key, a.value ORDER BY a.place), '{}')::text
  FROM contacts AS own,
    json_each(own.custom_attributes::json) WITH ORDINALITY AS a (key, value, place)
  WHERE own.number = c.number AND NOT EXISTS (
    SELECT FROM data_attributes AS d
    WHERE d.workspace = own.workspace AND d.name = a.key AND d.archived_at IS NOT NULL)),
c.created_at, c.updated_at, c.archived_at, c.blocked_at, c.merging,
(SELECT coalesce(json_agg(json_build_array(t.number, t.name) ORDER BY t.number), '[]')::text
  FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
  WHERE l.contact = c.number)

-- name: columns_of_one
-- The number is written out in each subquery, as Citus would otherwise ask all shards.
c.number, c.id, c.workspace, w.id, c.role, c.external_id, c.email, c.name, c.phone, c.avatar, c.owner_id,
c.unsubscribed_from_emails, c.signed_up_at, c.last_seen_at, c.session_count,
(SELECT coalesce(json_object_agg(a.key, a.value ORDER BY a.place), '{}')::text
  FROM contacts AS own,
    json_each(own.custom_attributes::json) WITH ORDINALITY AS a (key, value, place)
  WHERE own.number = ?one1::bigint AND NOT EXISTS (
    SELECT FROM data_attributes AS d
    WHERE d.workspace = own.workspace AND d.name = a.key AND d.archived_at IS NOT NULL)),
c.created_at, c.updated_at, c.archived_at, c.blocked_at, c.merging,
(SELECT coalesce(json_agg(json_build_array(t.number, t.name) ORDER BY t.number), '[]')::text
  FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag
  WHERE l.contact = ?one1::bigint)

-- name: by_number
-- first
SELECT ?1::bigint
-- then
WHERE c.number = ?one1::bigint

-- name: find_id
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'id' AND value = ?2
-- then
WHERE c.number = ?one1::bigint AND c.workspace = ?1 AND c.id = ?2

-- name: find_user_id
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'user_id' AND value = ?2
-- then
WHERE c.number = ?one1::bigint AND c.workspace = ?1 AND c.external_id = ?2

-- name: find_email
-- Several users may have one email, so this goes to all shards: Citus does not leave any out for a
-- list of numbers where subqueries depend on them.
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'email' AND value = ?2
-- then
WHERE c.number = ANY (?found1::bigint[])
  AND c.workspace = ?1 AND c.email_key = ?2 AND c.role = 'user'
ORDER BY c.number

-- name: taken_external_id
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'user_id' AND value = ?2
-- then
SELECT id, (archived_at IS NOT NULL)::integer
FROM contacts
WHERE number = ANY (?found1::bigint[]) AND number <> ?3

-- name: taken_email
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'email' AND value = ?2
-- then
SELECT id, (archived_at IS NOT NULL)::integer
FROM contacts
WHERE number = ANY (?found1::bigint[]) AND role = 'user' AND number <> ?3
LIMIT 1

-- name: merge_attributes
-- first
SELECT custom_attributes FROM contacts WHERE number = ?1
-- then
UPDATE contacts
SET custom_attributes = (
  SELECT coalesce(json_object_agg(a.key, a.value ORDER BY a.part, a.place), '{}')::text
  FROM (
    SELECT own.key, own.value, 1 AS part, own.place
    FROM json_each(contacts.custom_attributes::json) WITH ORDINALITY AS own (key, value, place)
    UNION ALL
    SELECT given.key, given.value, 2, given.place
    FROM json_each(?one1::json)
      WITH ORDINALITY AS given (key, value, place)
    WHERE NOT EXISTS (
      SELECT FROM json_object_keys(contacts.custom_attributes::json) AS own (key)
      WHERE own.key = given.key)) AS a)
WHERE number = ?2

-- name: insert
-- first
INSERT INTO contacts (workspace, id, role, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
RETURNING number
-- then
INSERT INTO identities (workspace, kind, value, contact)
VALUES (?1, 'id', ?2, ?one1::bigint)
RETURNING contact

-- name: identifiers
SELECT workspace, 'id', id FROM contacts WHERE number = ?1
UNION ALL
SELECT workspace, 'user_id', external_id FROM contacts
WHERE number = ?1 AND external_id IS NOT NULL
UNION ALL
SELECT workspace, 'email', email_key FROM contacts
WHERE number = ?1 AND email_key IS NOT NULL

-- name: add_identifier
INSERT INTO identities (workspace, kind, value, contact) VALUES (?1, ?2, ?3, ?4)

-- name: drop_identifier
DELETE FROM identities WHERE workspace = ?1 AND kind = ?2 AND value = ?3 AND contact = ?4
