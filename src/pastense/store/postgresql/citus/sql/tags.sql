-- Statements over tags: the contact that carries one is found in two steps.

-- name: contact_id
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'id' AND value = ?2
-- then
SELECT number, 1 FROM contacts WHERE number = ?one1::bigint AND id = ?2 AND role <> 'visitor'

-- name: contact_user_id
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'user_id' AND value = ?2
-- then
SELECT number, 1
FROM contacts
WHERE number = ?one1::bigint AND external_id = ?2 AND role <> 'visitor'

-- name: contact_email
-- first
SELECT contact FROM identities WHERE workspace = ?1 AND kind = 'email' AND value = ?2
-- then
SELECT number, (archived_at IS NULL)::integer
FROM contacts
WHERE number = ANY (?found1::bigint[]) AND email_key = ?2 AND role = 'user'
