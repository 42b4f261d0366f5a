"""Compile a parsed contact search to SQL; every value is a parameter, never text."""

from __future__ import annotations

import msgspec

from pastense.limits import DAY_S, INTEGER_MAX, INTEGER_MIN
from pastense.search import CUSTOM_PREFIX, UNSET_FIELD_TYPES, Filter, Query, Scalar
from pastense.store.queries import Queries

_TAG = (
    "EXISTS (SELECT 1 FROM contact_tags AS l JOIN tags AS t ON t.number = l.tag "
    "WHERE l.contact = c.number{0})"
)
_WORDS = {
    "=": "equals",
    "!=": "differs",
    "~": "contains",
    "!~": "lacks",
    "^": "starts",
    "$": "ends",
}
_ORDER = frozenset((">", "<", ">=", "<="))
_UNSET_KINDS = {"boolean": "flag", "integer": "number", "float": "number", "date": "number"}


class Condition:
    """An SQL condition with its parameters in order."""

    def __init__(self, sql: str, parameters: list[object]) -> None:
        self.sql = sql
        self.parameters = parameters


class Compiler:
    """Searches in the words of one database. `pieces` are those of its filters.sql."""

    def __init__(self, pieces: Queries) -> None:
        self._pieces = pieces

    def compile_query(self, query: Query) -> Condition:
        """The condition that a contact must fulfil to match."""
        if isinstance(query, Filter):
            return self._filter(query)
        parts = [self.compile_query(condition) for condition in query.conditions]
        sql = f" {query.operator} ".join(part.sql for part in parts)
        return Condition(f"({sql})", [p for part in parts for p in part.parameters])

    def sort_expression(self, field: str, is_text: bool) -> str:
        """What to order by: contacts without a value come as if it were the smallest."""
        lowest = "''" if is_text else "-9223372036854775807"
        return f"coalesce({self._plain(field)}, {lowest})"

    def _filter(self, query: Filter) -> Condition:
        if query.type == "date":
            return self._date(query)
        if query.type == "tag":
            return self._tag(query)
        if isinstance(query.value, list):
            return self._list(query, query.value)
        column, before = self._column(query.field, _kind(query.value))
        if query.value is None:
            return Condition(f"{column} IS {'' if query.operator == '=' else 'NOT '}NULL", before)
        value = _operand(query.field, query.value)
        if query.operator in _ORDER:
            return Condition(f"{column} {query.operator} ?", [*before, value])
        if query.operator in ("^", "$") and not value:
            return Condition(f"{column} IS NOT NULL", before)
        # The ends are cut off as long as the operand and compared.
        cut = len(str(value))
        return Condition(self._pieces[_WORDS[query.operator]].format(column, cut), [*before, value])

    def _column(self, field: str, kind: str) -> tuple[str, list[object]]:
        """The field as SQL, with its parameters. A custom attribute of another type than the
        operand's is as if it were not there: text is no larger than any number."""
        if not field.startswith(CUSTOM_PREFIX):
            return self._plain(field), []
        return self._pieces[f"attribute_{kind}"], [field.removeprefix(CUSTOM_PREFIX)]

    def _plain(self, field: str) -> str:
        if field == "email_domain":
            return self._pieces["email_domain"]
        if field in UNSET_FIELD_TYPES:
            return self._pieces[f"unset_{_UNSET_KINDS.get(UNSET_FIELD_TYPES[field], 'text')}"]
        return "c.email_key" if field == "email" else f"c.{field}"

    def _list(self, query: Filter, values: list[Scalar]) -> Condition:
        """IN is any of the values, NIN is none of them; values of one type go in one list."""
        is_in = query.operator == "IN"
        lists: dict[str, list[Scalar]] = {}
        for value in values:
            lists.setdefault(_kind(value), []).append(_operand(query.field, value))
        parts = [self._one_list(query.field, is_in, kind, some) for kind, some in lists.items()]
        sql = (" OR " if is_in else " AND ").join(part.sql for part in parts)
        return Condition(f"({sql})", [p for part in parts for p in part.parameters])

    def _one_list(self, field: str, is_in: bool, kind: str, values: list[Scalar]) -> Condition:
        """The list is one parameter: a search may hold more values than a statement parameters."""
        column, before = self._column(field, kind)
        listed = self._pieces[f"values_{kind}"]
        sql = f"{column} IN {listed}" if is_in else f"coalesce({column} NOT IN {listed}, true)"
        return Condition(sql, [*before, msgspec.json.encode(values).decode()])

    def _date(self, query: Filter) -> Condition:
        """Dates match by the day: `>` begins at the next one (docs/wire.md "Contact search")."""
        day = query.value
        assert day is None or isinstance(day, int)
        column, before = self._column(query.field, _kind(day))
        if day is None:
            return Condition(f"{column} IS NULL", before)
        if query.operator == "=":
            sql = f"({column} >= ? AND {column} < ?)"
            return Condition(sql, [*before, day, *before, day + DAY_S])
        if query.operator == ">":
            return Condition(f"{column} >= ?", [*before, day + DAY_S])
        return Condition(f"{column} < ?", [*before, day])

    def _tag(self, query: Filter) -> Condition:
        """`=` is a tag that the contact carries, null none at all. A tag that is deleted or that
        never was is carried by nobody."""
        carried = query.value is not None
        wanted = carried if query.operator == "=" else not carried
        sql = _TAG.format(f" AND {self._pieces['carries']}" if carried else "")
        return Condition(sql if wanted else f"NOT {sql}", [query.value] if carried else [])


def _kind(value: Scalar) -> str:
    if value is None:
        return "any"
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def _operand(field: str, value: Scalar) -> Scalar:
    """Emails compare without regard to case (decisions.md, "Text and numbers"). Flags are 0 and 1,
    and a whole number of 64 bits is no fraction, so that it compares exactly."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer() and INTEGER_MIN <= value <= INTEGER_MAX:
        return int(value)
    is_email = field in ("email", "email_domain") and isinstance(value, str)
    return value.lower() if is_email and isinstance(value, str) else value
