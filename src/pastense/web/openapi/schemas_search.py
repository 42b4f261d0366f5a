"""Schemas of the contact search language, field by field.

The operators of each type are those of `pastense.search`; a test tries every pair on both.
"""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    CONTACTS_PER_PAGE_DEFAULT,
    CONTACTS_PER_PAGE_MAX,
    SEARCH_FILTERS_MAX,
    SEARCH_VALUES_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.search import CUSTOM_PREFIX, FIELD_TYPES, SORT_FIELDS
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import (
    CURSOR_CHARACTERS_MAX,
    NO_NUL,
    per_page_pattern,
    text,
)

_NULL: Final[Schema] = {"type": "null"}
_ANY_NUMBER: Final[Schema] = {"type": "number"}
"""Without bounds: one with a fraction or an exponent may be larger than 64 bits."""
_TEXT_VALUE: Final[Schema] = {"anyOf": [text(TEXT_CHARACTERS_MAX), _ANY_NUMBER]}
_INTEGER_VALUE: Final = ref("whole_number")
_DATE_VALUE: Final = ref("search_date")
_BOOLEAN_VALUE: Final[Schema] = {
    "anyOf": [
        {"type": "boolean"},
        {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$", "maxLength": 5},
    ]
}
_ANY_TEXT: Final[Schema] = {"type": "string", "pattern": NO_NUL}
_CUSTOM_VALUE: Final[Schema] = {"anyOf": [_ANY_TEXT, _ANY_NUMBER, {"type": "boolean"}]}
_PARTS: Final = ("~", "!~", "^", "$")
_ORDER: Final = (">", "<", ">=", "<=")


def _fields(field_type: str) -> Schema:
    return {"enum": [name for name, kind in FIELD_TYPES.items() if kind == field_type]}


_CUSTOM_FIELD: Final[Schema] = {
    "type": "string",
    "pattern": rf"^{CUSTOM_PREFIX.replace('.', '[.]')}[^\x00]+$",
}


def _compare(field: Schema, operators: tuple[str, ...], value: Schema) -> Schema:
    return pick(
        {"field": field, "operator": {"enum": list(operators)}, "value": value},
        "field",
        "operator",
        "value",
    )


def _list_of(value: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "maxItems": SEARCH_VALUES_MAX, "items": value}


def _group(*conditions: Schema) -> Schema:
    return pick(
        {
            "operator": {"enum": ["AND", "OR"]},
            "value": {
                "type": "array",
                "minItems": 1,
                "maxItems": SEARCH_FILTERS_MAX,
                "items": {"anyOf": list(conditions)},
            },
        },
        "operator",
        "value",
    )


def _equal_or_in(field: Schema, value: Schema) -> list[Schema]:
    return [
        _compare(field, ("=", "!="), nullable(value)),
        _compare(field, ("IN", "NIN"), _list_of(value)),
    ]


SEARCH_SCHEMAS: Final[Schema] = {
    "single_filter_search_request": {
        "type": "object",
        "description": (
            "One comparison. Times match by whole days, UTC; null matches what is not set."
        ),
        "properties": {
            "field": {
                "type": "string",
                "description": f"One of {', '.join(FIELD_TYPES)} or {CUSTOM_PREFIX}<name>.",
            },
            "operator": {"enum": ["=", "!=", "IN", "NIN", *_ORDER, *_PARTS]},
            "value": {
                "anyOf": [
                    {"type": ["string", "number", "boolean", "null"]},
                    {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
                ]
            },
        },
        "required": ["field", "operator", "value"],
        "anyOf": [
            *_equal_or_in(_fields("string"), _TEXT_VALUE),
            _compare(_fields("string"), _PARTS, _TEXT_VALUE),
            *_equal_or_in(_fields("integer"), _INTEGER_VALUE),
            _compare(_fields("integer"), _ORDER, _INTEGER_VALUE),
            *_equal_or_in(_fields("boolean"), _BOOLEAN_VALUE),
            _compare(_fields("tag"), ("=", "!="), nullable(_TEXT_VALUE)),
            _compare(_fields("date"), ("=",), nullable(_DATE_VALUE)),
            _compare(_fields("date"), (">", "<"), _DATE_VALUE),
            *_equal_or_in(_CUSTOM_FIELD, _CUSTOM_VALUE),
            _compare(_CUSTOM_FIELD, _ORDER, _CUSTOM_VALUE),
            _compare(_CUSTOM_FIELD, _PARTS, _TEXT_VALUE),
        ],
        "examples": [{"field": "external_id", "operator": "!=", "value": None}],
    },
    "inner_filter_group": _group(ref("single_filter_search_request")),
    "multiple_filter_search_request": {
        **_group(ref("single_filter_search_request"), ref("inner_filter_group")),
        "description": "Filters that must all hold (AND) or of which one must (OR).",
    },
    "starting_after_paging": pick(
        {
            "per_page": {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": CONTACTS_PER_PAGE_MAX},
                    {"type": "string", "pattern": per_page_pattern(CONTACTS_PER_PAGE_MAX)},
                    {"type": "null"},
                ],
                "default": CONTACTS_PER_PAGE_DEFAULT,
            },
            "starting_after": nullable(ref("contact_cursor")),
        }
    ),
    "contact_cursor": text(
        CURSOR_CHARACTERS_MAX,
        1,
        description="What `pages.next.starting_after` of an earlier page said.",
    ),
    "contact_sort": pick(
        {
            "field": {"enum": list(SORT_FIELDS), "default": "created_at"},
            "order": {"enum": ["ascending", "descending"], "default": "descending"},
        }
    ),
    "search_request": pick(
        {
            "query": {
                "anyOf": [
                    ref("single_filter_search_request"),
                    ref("multiple_filter_search_request"),
                ]
            },
            "pagination": nullable(ref("starting_after_paging")),
            "sort": nullable(ref("contact_sort")),
        },
        "query",
    ),
}
