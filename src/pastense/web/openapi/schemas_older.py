"""Schemas of the older API: users, leads and visitors as 1.x knows them, and counts."""

from __future__ import annotations

from typing import Final

from pastense.limits import EMAIL_CHARACTERS_MAX, IDENTIFIER_CHARACTERS_MAX, TEXT_CHARACTERS_MAX
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import KEPT_ATTRIBUTES, NUMBER, text

_TEXT: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": ["integer", "null"], "description": "Seconds since 1970, UTC."}
_FLAG: Final[Schema] = {"type": "boolean"}
_OPTIONAL_FLAG: Final[Schema] = {"type": ["boolean", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_IDENTIFIER: Final = nullable(text(IDENTIFIER_CHARACTERS_MAX), NUMBER)
_EMAIL: Final = {**nullable(text(EMAIL_CHARACTERS_MAX)), "examples": ["ann@example.org"]}
_NAMES: Final[Schema] = {"id": _IDENTIFIER, "user_id": _IDENTIFIER, "email": _EMAIL}
_GIVEN: Final[Schema] = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}
_PERSON_TIME: Final = nullable(ref("contact_time"))
_WRITABLE: Final[Schema] = {
    "phone": ref("free_text"),
    "name": ref("free_text"),
    "avatar": {
        "description": "Address of a picture, or the object that answers hold.",
        "anyOf": [
            text(TEXT_CHARACTERS_MAX),
            pick({"image_url": ref("free_text")}),
            {"type": "null"},
        ],
    },
    "owner_id": nullable(ref("whole_number")),
    "unsubscribed_from_emails": _OPTIONAL_FLAG,
    "signed_up_at": _PERSON_TIME,
    "remote_created_at": {**_PERSON_TIME, "description": "Another name of `signed_up_at`."},
    "last_request_at": _PERSON_TIME,
    "last_seen_at": {**_PERSON_TIME, "description": "Another name of `last_request_at`."},
    "update_last_request_at": {**_OPTIONAL_FLAG, "description": "The last request was now."},
    "new_session": {**_OPTIONAL_FLAG, "description": "Counts one session more."},
    "custom_attributes": nullable(ref("custom_attributes")),
    "custom_data": {
        **nullable(ref("custom_attributes")),
        "description": "The oldest name of `custom_attributes`.",
    },
}


def _named_by(*names: str) -> list[object]:
    """At least one of the names is there, and neither null nor empty."""
    return [{"required": [name], "properties": {name: _GIVEN}} for name in names]


def _list(kind: str, key: str, **more: object) -> Schema:
    """A list within an object; those of which there are none yet are always empty."""
    items: Schema = {"type": "array", **(more or {"maxItems": 0})}
    return pick({"type": {"const": f"{kind}.list"}, key: items})


_DEGREES: Final[Schema] = {"type": ["number", "null"]}
_PARTS: Final[Schema] = {"type": "array", "items": {"type": "object"}}
_LOCATION: Final = pick(
    {
        "type": {"const": "location_data"},
        **dict.fromkeys(
            (
                *("city_name", "continent_code", "country_code", "country_name"),
                *("postal_code", "region_name", "timezone"),
            ),
            _TEXT,
        ),
        "latitude": _DEGREES,
        "longitude": _DEGREES,
    }
)
_PERSON: Final[Schema] = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    "user_id": {
        **_TEXT,
        "description": "Your own id; a lead or visitor without one has one that is made of its id.",
    },
    "anonymous": {"type": "boolean", "description": "False for a user."},
    "email": _TEXT,
    "phone": _TEXT,
    "name": _TEXT,
    "avatar": pick({"type": {"const": "avatar"}, "image_url": _TEXT}),
    "app_id": {"type": "string", "description": "The workspace."},
    "owner_id": {"type": ["integer", "string", "null"], "description": "A whole number."},
    "companies": _list("company", "companies"),
    "location_data": _LOCATION,
    "social_profiles": _list("social_profile", "social_profiles"),
    "tags": _list("tag", "tags", items=ref("older_tag")),
    "segments": _list("segment", "segments"),
    "custom_attributes": KEPT_ATTRIBUTES,
    "session_count": _COUNT,
    "unsubscribed_from_emails": _FLAG,
    "marked_email_as_spam": _FLAG,
    "has_hard_bounced": _FLAG,
    "last_request_at": _TIME,
    "las_request_at": {**_TIME, "description": "As the reference spells it; not sent."},
    "signed_up_at": _TIME,
    "remote_created_at": _TIME,
    "created_at": {"type": "integer"},
    "updated_at": {"type": "integer"},
    "do_not_track": _OPTIONAL_FLAG,
    **dict.fromkeys(
        (
            *("pseudonym", "last_seen_ip", "user_agent_data", "referrer", "utm_campaign"),
            *("utm_content", "utm_medium", "utm_source", "utm_term"),
        ),
        _TEXT,
    ),
}
_REQUIRED: Final = (
    *("type", "id", "user_id", "anonymous", "email", "app_id", "custom_attributes"),
    *("session_count", "created_at", "updated_at"),
)


def _person(kind: str, description: str) -> Schema:
    return pick({"type": {"const": kind}, **_PERSON}, *_REQUIRED, description=description)


def _people(kind: str, items: str) -> Schema:
    """A page of people, or a batch of a scroll."""
    return pick(
        {
            "type": {"const": f"{kind}.list"},
            f"{kind}s": {"type": "array", "items": ref(items)},
            "total_count": _COUNT,
            "limited": _FLAG,
            "pages": ref("numbered_pages"),
            "scroll_param": {
                "type": "string",
                "description": "Of a scroll: what to send for the next hundred.",
            },
        },
        "type",
        f"{kind}s",
    )


_NAMED_USER: Final = pick(_NAMES | _WRITABLE)
_VISITOR_IS_NAMED: Final[Schema] = {**pick(_NAMES), "anyOf": _named_by("id", "user_id", "email")}
_USER_IS_NAMED: Final[Schema] = {
    "required": ["user"],
    "properties": {"user": {"type": "object", "anyOf": _named_by("id", "user_id", "email")}},
}
_REQUESTS: Final[Schema] = {
    "save_user_request": {
        **pick(
            _NAMES | _WRITABLE,
            description="Who is meant, and what is to be written. `id` wins over `user_id`, that "
            "over `email`. A null clears a field; identifiers stay.",
        ),
        "anyOf": _named_by("id", "user_id", "email"),
    },
    "update_user_request": pick({"user_id": _IDENTIFIER, "email": _EMAIL} | _WRITABLE),
    "save_lead_request": pick(
        _NAMES | _WRITABLE,
        description="Under 1.x: a new lead, or the one that `id` or `user_id` names.",
    ),
    "convert_lead_request": pick(
        {
            "contact": {
                **pick({"id": _IDENTIFIER, "user_id": _IDENTIFIER}),
                "anyOf": _named_by("id", "user_id"),
            },
            "user": {
                **pick(_NAMES | _WRITABLE),
                "anyOf": _named_by("id", "user_id", "email"),
            },
        },
        "contact",
        "user",
    ),
    "deletion_request": pick(
        {
            "intercom_user_id": {
                "anyOf": [text(IDENTIFIER_CHARACTERS_MAX, 1), NUMBER],
                "description": "The contact's id.",
            }
        },
        "intercom_user_id",
    ),
    "add_visitor_request": pick({"user_id": _IDENTIFIER, "email": _EMAIL} | _WRITABLE),
    "save_visitor_request": {**pick(_NAMES | _WRITABLE), "anyOf": _named_by("id", "user_id")},
    "convert_visitor_request": {
        **pick(
            {
                "visitor": _VISITOR_IS_NAMED,
                "user": nullable(_NAMED_USER),
                "type": {
                    "enum": ["user", "lead", None],
                    "description": "What the visitor becomes: a user needs a `user`.",
                },
            },
            "visitor",
        ),
        "anyOf": [{"properties": {"type": {"enum": ["lead", None]}}}, _USER_IS_NAMED],
    },
}
OLDER_SCHEMAS: Final[Schema] = {
    **_REQUESTS,
    "older_tag": pick(
        {"type": {"const": "tag"}, "id": {"type": "string"}, "name": {"type": "string"}}
    ),
    "older_user": _person("user", "A user as 1.x knows it."),
    "older_lead": _person("contact", "A lead, which 1.x calls a contact."),
    "visitor": _person("visitor", "Somebody of whom no more is known."),
    "user_list": _people("user", "older_user"),
    "lead_list": _people("contact", "older_lead"),
    "numbered_pages": pick(
        {
            "type": {"const": "pages"},
            "next": nullable({"type": "string", "format": "uri"}),
            "page": {"type": "integer", "minimum": 1},
            "per_page": {"type": "integer", "minimum": 1},
            "total_pages": _COUNT,
        },
        "type",
        "next",
        "page",
        "per_page",
        "total_pages",
        description="`next` is the address of the next page, null on the last one.",
    ),
    "deletion": pick({"id": {"type": "string"}}, "id"),
    "counts": pick(
        {
            "type": {"enum": ["count.hash", "count"]},
            **dict.fromkeys(
                ("user", "lead", "company", "tag", "segment"),
                pick(
                    {
                        "count": _COUNT,
                        **dict.fromkeys(("tag", "segment", "user"), _PARTS),
                    }
                ),
            ),
        },
        "type",
    ),
}
