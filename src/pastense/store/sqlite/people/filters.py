"""Compile a parsed contact search to SQL; every value is a parameter, never text."""

from __future__ import annotations

import msgspec

from pastense.limits import DAY_S
from pastense.search import CUSTOM_PREFIX, UNSET_FIELD_TYPES, Filter, Query, Scalar

_COLUMNS = {
    "email": "c.email_key",
    "email_domain": "substr(c.email_key, "
    "length(rtrim(c.email_key, replace(c.email_key, '@', ''))) + 1)",
}
"""The domain follows the last @: rtrim takes away every character but @ from the end."""
_COLUMNS |= {
    field: "0" if field_type == "boolean" else "NULL"
    for field, field_type in UNSET_FIELD_TYPES.items()
}
_TAG = (
    "EXISTS (SELECT 1 FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag "
    "WHERE l.contact = c.number{0})"
)
_COMPARISONS = {
    "=": "{0} IS ?",
    "!=": "{0} IS NOT ?",
    ">": "{0} > ?",
    "<": "{0} < ?",
    ">=": "{0} >= ?",
    "<=": "{0} <= ?",
    "~": "instr({0}, ?) > 0",
    "!~": "ifnull(instr({0}, ?), 0) = 0",
}


class Condition:
    """An SQL condition with its parameters in order."""

    def __init__(self, sql: str, parameters: list[object]) -> None:
        self.sql = sql
        self.parameters = parameters


def compile_query(query: Query) -> Condition:
    """The condition that a contact must fulfil to match."""
    if isinstance(query, Filter):
        return _compile_filter(query)
    parts = [compile_query(condition) for condition in query.conditions]
    sql = f" {query.operator} ".join(part.sql for part in parts)
    return Condition(f"({sql})", [p for part in parts for p in part.parameters])


def sort_expression(field: str, is_text: bool) -> str:
    """What to order by: contacts without a value come as if it were the smallest."""
    lowest = "''" if is_text else "-9223372036854775807"
    return f"ifnull({_COLUMNS.get(field, f'c.{field}')}, {lowest})"


def _compile_filter(query: Filter) -> Condition:
    if query.type == "date":
        return _compile_date(query)
    if query.type == "tag":
        return _compile_tag(query)
    if isinstance(query.value, list):
        return _compile_list(query, query.value)
    value = _operand(query.field, query.value)
    column, before = _column(query.field, value)
    if query.operator in ("^", "$"):
        return _compile_end(column, before, query.operator, str(value))
    return Condition(_COMPARISONS[query.operator].format(column), [*before, value])


def _column(field: str, value: Scalar) -> tuple[str, list[object]]:
    """The field as SQL, with its parameters. A custom attribute of another type than the
    operand's is as if it were not there: text is no larger than any number."""
    if not field.startswith(CUSTOM_PREFIX):
        return _COLUMNS.get(field, f"c.{field}"), []
    types = f" AND type IN ({_json_types(value)})" if value is not None else ""
    attribute = f"(SELECT value FROM json_each(c.custom_attributes) WHERE key = ?{types})"  # noqa: S608 (constants)
    return attribute, [field.removeprefix(CUSTOM_PREFIX)]


def _json_types(value: Scalar) -> str:
    if isinstance(value, bool):
        return "'true', 'false'"
    return "'text'" if isinstance(value, str) else "'integer', 'real'"


def _operand(field: str, value: Scalar) -> Scalar:
    """Emails compare without regard to case (decisions.md, "Text and numbers")."""
    is_email = field in ("email", "email_domain") and isinstance(value, str)
    return value.lower() if is_email and isinstance(value, str) else value


def _compile_list(query: Filter, values: list[Scalar]) -> Condition:
    """IN is any of the values, NIN is none of them; values of one type go in one list."""
    is_in = query.operator == "IN"
    lists: dict[str, list[Scalar]] = {}
    for value in values:
        lists.setdefault(_json_types(value), []).append(_operand(query.field, value))
    parts = [_compile_one_list(query.field, is_in, values) for values in lists.values()]
    sql = (" OR " if is_in else " AND ").join(part.sql for part in parts)
    return Condition(f"({sql})", [p for part in parts for p in part.parameters])


def _compile_one_list(field: str, is_in: bool, values: list[Scalar]) -> Condition:
    """The list is one parameter: a search may hold more values than a statement parameters."""
    column, before = _column(field, values[0])
    listed = "(SELECT value FROM json_each(?))"
    sql = f"{column} IN {listed}" if is_in else f"ifnull({column} NOT IN {listed}, true)"
    return Condition(sql, [*before, msgspec.json.encode(values).decode()])


def _compile_end(column: str, before: list[object], operator: str, value: str) -> Condition:
    """Starts or ends with: cut as many characters as the operand has and compare."""
    start = "1" if operator == "^" else str(-len(value))
    cut = f"substr({column}, {start}, {len(value)})"
    if not value:
        return Condition(f"{column} IS NOT NULL", before)
    return Condition(f"{cut} = ?", [*before, value])


def _compile_date(query: Filter) -> Condition:
    """Dates match by the day: `>` begins at the next one (docs/wire.md "Contact search")."""
    day = query.value
    assert day is None or isinstance(day, int)
    column, before = _column(query.field, day)
    if day is None:
        return Condition(f"{column} IS NULL", before)
    if query.operator == "=":
        sql = f"({column} >= ? AND {column} < ?)"
        return Condition(sql, [*before, day, *before, day + DAY_S])
    if query.operator == ">":
        return Condition(f"{column} >= ?", [*before, day + DAY_S])
    return Condition(f"{column} < ?", [*before, day])


def _compile_tag(query: Filter) -> Condition:
    """`=` is a tag that the contact carries, null none at all. A tag that is deleted or that
    never was is carried by nobody."""
    carried = query.value is not None
    wanted = carried if query.operator == "=" else not carried
    sql = _TAG.format(" AND CAST(l.tag AS TEXT) = ?" if carried else "")
    return Condition(sql if wanted else f"NOT {sql}", [query.value] if carried else [])
