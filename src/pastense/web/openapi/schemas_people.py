"""Schemas of what stands around contacts: data attributes, tags and segments."""

from __future__ import annotations

from typing import Final

from pastense.attributes import DATA_TYPES
from pastense.limits import (
    IDENTIFIER_CHARACTERS_MAX,
    METADATA_KEY_CHARACTERS_MAX,
    OPTION_CHARACTERS_MAX,
    OPTION_VALUES_MAX,
    TEXT_CHARACTERS_MAX,
    Limits,
)
from pastense.service.people.attributes import OPTIONS
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import EVENT_NAME_PATTERN, NUMBER, text

ATTRIBUTE_NAME_PATTERN: Final = (
    r"^[^\x00-\x1f\x7f-\x9f!\"#%&'()*+,./:;<=>?@\[\\\]^`{|}~]"
    rf"{{1,{METADATA_KEY_CHARACTERS_MAX}}}$"
)
_SECONDS: Final[Schema] = {"type": "integer", "description": "Seconds since 1970, UTC."}
_FLAG: Final[Schema] = {"type": "boolean"}
_FLAG_OR_NULL: Final[Schema] = {"type": ["boolean", "null"]}
_OPTION_LIST: Final[Schema] = {
    "type": "array",
    "minItems": 2,
    "maxItems": OPTION_VALUES_MAX,
    "items": pick({"value": text(OPTION_CHARACTERS_MAX, 1)}, "value"),
    "description": "What the text may be; each option once.",
    "examples": [[{"value": "1-10"}, {"value": "11-20"}]],
}
_TYPES_WITHOUT_OPTIONS: Final = [name for name in DATA_TYPES if name != "string"]
_CHANGEABLE: Final[Schema] = {
    "description": nullable(text(TEXT_CHARACTERS_MAX)),
    "messenger_writable": _FLAG_OR_NULL,
}


def _typed(data_type: Schema, options: Schema, *required: str) -> Schema:
    return pick({"data_type": data_type, "options": options}, *required)


_ATTRIBUTES: Final[Schema] = {
    "create_data_attribute_request": {
        **pick(
            {
                "name": {
                    "type": "string",
                    "pattern": ATTRIBUTE_NAME_PATTERN,
                    "description": "No punctuation but hyphens, underscores and dollar signs.",
                    "examples": ["paid_subscriber"],
                },
                "model": {"enum": ["contact"], "description": "Companies are not kept here."},
                "data_type": {"enum": [*DATA_TYPES, OPTIONS]},
                **_CHANGEABLE,
            },
            "name",
            "model",
            "data_type",
            description="A custom attribute of contacts with the type of its values.",
        ),
        "anyOf": [
            _typed({"enum": [OPTIONS]}, _OPTION_LIST, "options"),
            _typed({"enum": ["string"]}, nullable(_OPTION_LIST)),
            _typed({"enum": _TYPES_WITHOUT_OPTIONS}, {"type": "null"}),
        ],
    },
    "update_data_attribute_request": pick(
        {
            **_CHANGEABLE,
            "archived": {
                **_FLAG_OR_NULL,
                "description": "An archived attribute is neither written nor shown nor searched.",
            },
            "options": nullable(_OPTION_LIST),
        },
        description="What is to change. The type stays; only strings have options.",
    ),
    "data_attribute": pick(
        {
            "type": {"const": "data_attribute"},
            "id": {"type": "integer", "description": "Only declared attributes have one."},
            "model": {"enum": ["contact"]},
            "name": {"type": "string"},
            "full_name": {"type": "string"},
            "label": {"type": "string"},
            "description": {"type": ["string", "null"]},
            "data_type": {"enum": list(DATA_TYPES)},
            "options": {"type": "array", "items": {"type": "string"}},
            "api_writable": _FLAG,
            "messenger_writable": _FLAG,
            "ui_writable": _FLAG,
            "custom": {**_FLAG, "description": "Whether it was declared."},
            "archived": _FLAG,
            "created_at": _SECONDS,
            "updated_at": _SECONDS,
            "admin_id": {"type": "string", "description": "The token that declared it."},
        },
        *("type", "model", "name", "full_name", "label", "data_type", "custom", "archived"),
    ),
    "data_attribute_list": {
        "anyOf": [
            pick(
                {
                    "type": {"const": "list"},
                    "data": {"type": "array", "items": ref("data_attribute")},
                },
                "type",
                "data",
            ),
            pick(
                {
                    "type": {"const": "data_attribute.list"},
                    "data_attributes": {"type": "array", "items": ref("data_attribute")},
                },
                "type",
                "data_attributes",
                description="The shape of the versions 1.x.",
            ),
        ]
    },
}
_TAG_ID: Final[Schema] = {"anyOf": [text(IDENTIFIER_CHARACTERS_MAX), NUMBER]}
_TAG_BASIC: Final[Schema] = {
    "type": {"const": "tag"},
    "id": {"type": "string"},
    "name": {"type": "string"},
}
_TAGS: Final[Schema] = {
    "tag_name": {
        "type": "string",
        "pattern": EVENT_NAME_PATTERN,
        "description": (
            "1 to 255 characters once white space at both ends is trimmed, without control "
            "characters. Case does not count."
        ),
        "examples": ["Independent"],
    },
    "tagged_user": {
        **pick({"untag": {**_FLAG_OR_NULL, "description": "Take the tag away instead."}}),
        "allOf": [ref("event_user")],
    },
    "create_tag_request": {
        **pick(
            {
                "name": ref("tag_name"),
                "id": {**nullable(_TAG_ID), "description": "The tag that gets the name."},
                "users": nullable(
                    {
                        "type": "array",
                        "maxItems": Limits().list_items_max,
                        "items": ref("tagged_user"),
                    }
                ),
                "contacts": {"type": "null", "description": "Contacts are sent as users."},
                "companies": {"type": "null", "description": "Companies are not kept here."},
            },
            "name",
            description="A tag to make, to rename, or to put on users and take from them.",
        ),
        "anyOf": [pick({"id": {"type": "null"}}), pick({"users": {"type": "null"}})],
    },
    "attach_tag_request": pick({"id": _TAG_ID}, "id"),
    "tag_basic": pick(_TAG_BASIC, "type", "id", "name"),
    "tag_basic_list": {
        "anyOf": [
            pick(
                {"type": {"const": "list"}, "data": {"type": "array", "items": ref("tag_basic")}},
                "type",
                "data",
            ),
            pick(
                {
                    "type": {"const": "tag.list"},
                    "tags": {"type": "array", "items": ref("tag_basic")},
                },
                "type",
                "tags",
                description="The shape of the versions 1.x.",
            ),
        ]
    },
    "tag": pick(
        {
            **_TAG_BASIC,
            "applied_at": _SECONDS,
            "applied_by": nullable(
                pick({"type": {"const": "admin"}, "id": {"type": "string"}}, "type", "id")
            ),
        },
        *("type", "id", "name", "applied_at", "applied_by"),
    ),
    "tag_list": pick(
        {"type": {"const": "list"}, "data": {"type": "array", "items": ref("tag")}},
        "type",
        "data",
    ),
}
_SEGMENTS: Final[Schema] = {
    "segment": pick(
        {
            "type": {"const": "segment"},
            "id": {"type": "string"},
            "name": {"type": "string"},
            "created_at": _SECONDS,
            "updated_at": _SECONDS,
            "person_type": {"enum": ["contact", "user"]},
            "count": {"type": ["integer", "null"]},
        },
        description="Segments are not kept yet: lists are empty.",
    ),
    "segment_list": pick(
        {
            "type": {"const": "segment.list"},
            "segments": {"type": "array", "items": ref("segment")},
            "pages": {"type": "object"},
        },
        "type",
        "segments",
    ),
    "contact_segments": pick(
        {"type": {"const": "list"}, "data": {"type": "array", "items": ref("segment")}},
        "type",
        "data",
    ),
}
PEOPLE_SCHEMAS: Final[Schema] = {**_ATTRIBUTES, **_TAGS, **_SEGMENTS}
