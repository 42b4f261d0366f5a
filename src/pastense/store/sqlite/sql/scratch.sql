-- name: every_event
SELECT c.id, c.external_id, c.email, n.name, e.created_at, e.slot, e.metadata
FROM events AS e
JOIN contacts AS c ON c.number = e.contact
JOIN event_names AS n ON n.workspace = c.workspace AND n.slot = e.slot
ORDER BY e.created_at, e.slot, e.contact

-- name: every_contact
SELECT id, role, external_id, email, name, custom_attributes, created_at, archived_at
FROM contacts
ORDER BY number
