"""Schemas of events and summaries: what is submitted and what is answered."""

from __future__ import annotations

from typing import Final

from pastense.limits import Limits
from pastense.web.openapi.parts import Schema, nullable, pick, ref

_LIST_ITEMS_MAX: Final = Limits().list_items_max
_IDENTIFIERS: Final[Schema] = {
    "id": nullable(ref("contact_id_value")),
    "user_id": nullable(ref("user_id_value")),
    "email": nullable(ref("email_value")),
    "intercom_user_id": nullable(ref("contact_id_value")),
}


def _named(name: str, schema: str) -> Schema:
    """The property is there and not null."""
    return {"required": [name], "properties": {name: ref(schema)}}


_ONE_IDENTIFIER: Final = [
    _named("id", "contact_id_value"),
    _named("user_id", "user_id_value"),
    _named("email", "email_value"),
    _named("intercom_user_id", "contact_id_value"),
]
_USER_IF_ANY: Final[Schema] = nullable(ref("event_user"))
_EVENT: Final[Schema] = {
    "event_name": ref("event_name"),
    "created_at": ref("event_time"),
    "metadata": nullable(ref("metadata")),
}
_ANY_USER: Final = {**_named("user", "event_user"), "description": "Names its contact in `user`."}

_SUBMITTED: Final[Schema] = {
    "event_user": {
        **pick(_IDENTIFIERS, description="Who did it; where several are given, id wins."),
        "anyOf": _ONE_IDENTIFIER,
    },
    "create_data_event_request": {
        **pick(
            {
                **_EVENT,
                **_IDENTIFIERS,
                "data": {
                    "description": "Anything but a list, which would make this the list form.",
                    "not": {"type": "array"},
                },
            },
            "event_name",
            "created_at",
            description="One event of one contact.",
        ),
        "anyOf": _ONE_IDENTIFIER,
    },
    "listed_event_request": {
        **pick(
            {
                **_EVENT,
                "created": {"description": "Stands for a `created_at` that is not there."},
                **_IDENTIFIERS,
                "user": {
                    "type": ["object", "null"],
                    "description": "Who did it, where the item does not say so itself.",
                },
            },
            "event_name",
            description="One event of a list. Old clients call its time `created`.",
        ),
        "allOf": [
            {
                "anyOf": [
                    {"required": ["created_at"]},
                    {
                        "required": ["created"],
                        "properties": {"created": ref("event_time")},
                        "not": {"required": ["created_at"]},
                    },
                ]
            },
            {"anyOf": [*_ONE_IDENTIFIER, {"properties": {"user": _USER_IF_ANY}}]},
        ],
    },
    "event_list_request": {
        **pick(
            {
                "type": {"description": "Clients send event.list; it is not looked at."},
                "event_name": {"type": "null", "description": "Belongs to the single form."},
                "user": nullable({"type": "object"}),
                "data": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": _LIST_ITEMS_MAX,
                    "items": ref("listed_event_request"),
                },
            },
            "data",
            description=(
                "Several events at once. Each is judged on its own; the default contact of those "
                "that name none is `user`, or else an identifier beside `data`."
            ),
        ),
        "anyOf": [
            _named("user", "event_user"),
            {"anyOf": _ONE_IDENTIFIER, "properties": {"user": {"type": "null"}}},
            {"properties": {"data": {"type": "array", "items": ref("identified_event")}}},
        ],
    },
    "identified_event": {
        "type": "object",
        "description": "An event that says itself whose it is.",
        "anyOf": [*_ONE_IDENTIFIER, _ANY_USER],
    },
    "event_summary_request": pick(
        {
            "event_name": ref("event_name"),
            "count": ref("summary_count"),
            "first": ref("event_time"),
            "last": ref("event_time"),
        },
        "event_name",
        "count",
        "first",
        "last",
        description="How often a contact did something, and when first and last (first <= last).",
    ),
    "create_data_event_summaries_request": {
        **pick(
            {
                **_IDENTIFIERS,
                "event_summaries": {
                    "description": "One summary, or several of different events.",
                    "anyOf": [
                        ref("event_summary_request"),
                        {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": _LIST_ITEMS_MAX,
                            "items": ref("event_summary_request"),
                        },
                    ],
                },
            },
            "event_summaries",
            description="History from elsewhere; it replaces what was imported for these names.",
        ),
        "anyOf": _ONE_IDENTIFIER,
    },
}

_OWNER: Final[Schema] = {
    "user_id": {"type": ["string", "null"]},
    "email": {"type": ["string", "null"]},
    "intercom_user_id": {"type": "string"},
}
_ANSWERED: Final[Schema] = {
    "data_event": pick(
        {
            "type": {"const": "event"},
            "id": {
                "type": "string",
                "format": "uuid",
                "description": "A version-1 UUID: a function of the contact, the name and time.",
            },
            "created_at": {"type": "integer", "minimum": 0},
            "event_name": {"type": "string"},
            **_OWNER,
            "metadata": {"type": "object", "additionalProperties": ref("metadata_value")},
        },
        "type",
        "id",
        "created_at",
        "event_name",
        "user_id",
        "email",
        "intercom_user_id",
        "metadata",
    ),
    "data_event_list": pick(
        {
            "type": {"const": "event.list"},
            **_OWNER,
            "events": {"type": "array", "items": ref("data_event")},
            "pages": ref("event_pages"),
        },
        "type",
        "events",
        "pages",
        description="Events of one contact, newest first.",
    ),
    "event_pages": pick(
        {
            "next": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "Where the older events are, if there are any.",
            },
            "since": {
                "type": "string",
                "format": "uri",
                "description": "Where what comes after this page will be.",
            },
        },
        description="Whole addresses on this server.",
    ),
    "data_event_summary": pick(
        {
            "type": {"const": "event.summary"},
            **_OWNER,
            "events": {"type": "array", "items": ref("data_event_summary_item")},
        },
        "type",
        "events",
        description="How often one contact did each thing; all of it, without pages.",
    ),
    "data_event_summary_item": pick(
        {
            "name": {"type": "string"},
            "first": {"type": "string", "format": "date-time"},
            "last": {"type": "string", "format": "date-time"},
            "count": {"type": "integer", "minimum": 1},
            "description": {"type": ["string", "null"]},
        },
        "name",
        "first",
        "last",
        "count",
        "description",
    ),
}
EVENT_SCHEMAS: Final[Schema] = _SUBMITTED | _ANSWERED
