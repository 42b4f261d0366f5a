"""Schemas of the catalogue of event names."""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    IGNORED_KEYS_MAX,
    METADATA_KEY_CHARACTERS_MAX,
    NAMES_PER_PAGE_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import text

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_SECONDS: Final[Schema] = {"type": "integer", "minimum": 0}
_KEY: Final = text(METADATA_KEY_CHARACTERS_MAX)
_TYPES: Final = (
    *("string", "number", "date", "link", "rich_link", "monetary_amount", "boolean", "null"),
)
_NAME: Final[Schema] = {
    "type": {"const": "pastense.event_name"},
    "name": {"type": "string"},
    "description": {"type": ["string", "null"]},
    "archived": {"type": "boolean"},
    "archived_at": nullable(_SECONDS),
    "created_at": {**_SECONDS, "description": "When the server saw the name first."},
    "first_seen_at": {
        **nullable(_SECONDS),
        "description": "`created_at` of the earliest event ever stored; null where there was none.",
    },
    "last_seen_at": {
        **nullable(_SECONDS),
        "description": "`created_at` of the latest event ever stored; null where there was none.",
    },
    "count": {**_COUNT, "description": "Events that are stored now."},
    "tracked_keys": {
        "type": "array",
        "description": "The first distinct metadata keys of the name, in order of appearance.",
        "items": pick({"key": _KEY, "type": {"enum": list(_TYPES)}}, "key", "type"),
    },
    "ignored_keys": {
        "type": "array",
        "maxItems": IGNORED_KEYS_MAX,
        "description": "Metadata keys that were left out, the most frequent first.",
        "items": pick({"key": _KEY, "count": _COUNT}, "key", "count"),
    },
    "ignored_keys_other": {
        **_COUNT,
        "description": "How often keys were left out that have no row of their own.",
    },
}
CATALOGUE_SCHEMAS: Final[Schema] = {
    "pastense_event_name": pick(
        _NAME, *_NAME, description="What the workspace knows of an event name."
    ),
    "pastense_event_name_list": pick(
        {
            "type": {"const": "list"},
            "data": {
                "type": "array",
                "maxItems": NAMES_PER_PAGE_MAX,
                "items": ref("pastense_event_name"),
            },
            "pages": pick(
                {
                    "type": {"const": "pages"},
                    "per_page": {"type": "integer"},
                    "next": pick(
                        {
                            "per_page": {"type": "integer"},
                            "starting_after": {
                                "type": "string",
                                "description": "The last name of this page.",
                            },
                        },
                        "per_page",
                        "starting_after",
                        description="How to ask for the next page; absent on the last one.",
                    ),
                },
                "type",
                "per_page",
            ),
        },
        "type",
        "data",
        "pages",
    ),
    "pastense_event_name_change": pick(
        {"description": nullable(text(TEXT_CHARACTERS_MAX))},
        "description",
        description="What is known of the name; null clears it.",
    ),
}
