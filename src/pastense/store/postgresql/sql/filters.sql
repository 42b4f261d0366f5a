-- Pieces of contact searches. {0} is a column or an attribute; kinds are text, number and flag.
-- `OFFSET 0` keeps PostgreSQL from reading an attribute out of its text anew at each mention.
-- Numbers of attributes compare exactly. A whole double is made one by way of bigint, as its
-- shortest spelling may end in zeros where the double itself does not.

-- name: email_domain
split_part(c.email_key, '@', -1)

-- name: unset_text
NULL::text

-- name: unset_number
NULL::bigint

-- name: unset_flag
0

-- name: attribute_text
(SELECT a.value #>> '{}' COLLATE "C"
  FROM (SELECT c.custom_attributes::json -> ?::text OFFSET 0) AS a (value)
  WHERE json_typeof(a.value) = 'string')

-- name: attribute_number
(SELECT CASE
    WHEN a.value::text !~ '[.eE]' THEN a.value::text::numeric
    WHEN a.value::text::float8 >= -9223372036854775808
      AND a.value::text::float8 < 9223372036854775808
      AND trunc(a.value::text::float8) = a.value::text::float8
    THEN a.value::text::float8::bigint::numeric
    ELSE a.value::text::numeric END
  FROM (SELECT c.custom_attributes::json -> ?::text OFFSET 0) AS a (value)
  WHERE json_typeof(a.value) = 'number')

-- name: attribute_flag
(SELECT a.value::text::boolean::integer
  FROM (SELECT c.custom_attributes::json -> ?::text OFFSET 0) AS a (value)
  WHERE json_typeof(a.value) = 'boolean')

-- name: attribute_any
(c.custom_attributes::json ->> ?::text)

-- name: equals
{0} = ?

-- name: differs
{0} IS DISTINCT FROM ?

-- name: contains
strpos({0}, ?) > 0

-- name: lacks
coalesce(strpos({0}, ?), 0) = 0

-- name: starts
left({0}, {1}) = ?

-- name: ends
right({0}, {1}) = ?

-- name: values_text
(SELECT json_array_elements_text(?::json))

-- name: values_number
(SELECT value::numeric FROM json_array_elements_text(?::json) AS j (value))

-- name: values_flag
(SELECT value::integer FROM json_array_elements_text(?::json) AS j (value))

-- name: carries
CAST(l.tag AS TEXT) = ?
