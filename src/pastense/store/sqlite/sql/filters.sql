-- Pieces of contact searches. {0} is a column or an attribute; kinds are text, number and flag.

-- name: email_domain
substr(c.email_key, length(rtrim(c.email_key, replace(c.email_key, '@', ''))) + 1)

-- name: unset_text
NULL

-- name: unset_number
NULL

-- name: unset_flag
0

-- name: attribute_text
(SELECT value FROM json_each(c.custom_attributes) WHERE key = ? AND type = 'text')

-- name: attribute_number
(SELECT value FROM json_each(c.custom_attributes) WHERE key = ? AND type IN ('integer', 'real'))

-- name: attribute_flag
(SELECT value FROM json_each(c.custom_attributes) WHERE key = ? AND type IN ('true', 'false'))

-- name: attribute_any
(SELECT value FROM json_each(c.custom_attributes) WHERE key = ?)

-- name: equals
{0} IS ?

-- name: differs
{0} IS NOT ?

-- name: contains
instr({0}, ?) > 0

-- name: lacks
coalesce(instr({0}, ?), 0) = 0

-- name: starts
substr({0}, 1, {1}) = ?

-- name: ends
substr({0}, -{1}) = ?

-- name: values_text
(SELECT value FROM json_each(?))

-- name: values_number
(SELECT value FROM json_each(?))

-- name: values_flag
(SELECT value FROM json_each(?))

-- name: carries
CAST(l.tag AS TEXT) = ?
