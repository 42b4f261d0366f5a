-- Statements over people of one role: the older API's lists, scrolls and counts.

-- name: of_role
c.workspace = ? AND c.role = ? AND c.archived_at IS NULL

-- name: with_created_since
AND c.created_at >= ?

-- name: with_email
AND c.email_key = ?

-- name: with_phone
AND c.phone = ?

-- name: with_tag
AND EXISTS (SELECT FROM contact_tags AS l WHERE l.tag = ? AND l.contact = c.number)

-- name: batch
WHERE c.workspace = ?1 AND c.role = ?2 AND c.archived_at IS NULL
  AND (c.created_at, c.number) > (?3::bigint, ?4::bigint)
ORDER BY c.created_at, c.number
LIMIT ?5

-- name: tag_counts
SELECT t.name, count(c.number)
FROM tags AS t
LEFT JOIN contact_tags AS l ON l.tag = t.number
LEFT JOIN contacts AS c ON c.number = l.contact AND c.role = ?2 AND c.archived_at IS NULL
WHERE t.workspace = ?1
GROUP BY t.number
ORDER BY t.number
