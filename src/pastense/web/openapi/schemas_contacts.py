"""Schemas of contacts: what may be written and what is answered."""

from __future__ import annotations

from typing import Final

from pastense.limits import EMAIL_CHARACTERS_MAX, IDENTIFIER_CHARACTERS_MAX, TEXT_CHARACTERS_MAX
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import KEPT_ATTRIBUTES, NUMBER, text

_TEXT: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": ["integer", "null"], "description": "Seconds since 1970, UTC."}
_FLAG: Final[Schema] = {"type": "boolean"}
_NOT_KEPT: Final = "Not kept by this service."

_WRITABLE: Final[Schema] = {
    "role": {
        "enum": ["user", "lead", None],
        "description": "A user unless said otherwise. A lead may become a user, not the reverse.",
    },
    "external_id": {
        **nullable(text(IDENTIFIER_CHARACTERS_MAX, 1), NUMBER),
        "description": "Your own id of the contact, unique; events call it user_id.",
        "examples": ["314160"],
    },
    "email": {
        **nullable(text(EMAIL_CHARACTERS_MAX, 1)),
        "description": "Unique among users without regard to case; leads may share one.",
        "examples": ["grace@example.org"],
    },
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
    "signed_up_at": nullable(ref("contact_time")),
    "last_seen_at": nullable(ref("contact_time")),
    "owner_id": nullable(ref("whole_number")),
    "unsubscribed_from_emails": {"type": ["boolean", "null"]},
    "custom_attributes": nullable(ref("custom_attributes")),
    "email_verified": {"description": _NOT_KEPT},
    "language_override": {"description": _NOT_KEPT},
}


def _given(name: str) -> Schema:
    """The property is there and not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _list_of(items: str) -> Schema:
    """A part of a contact that other calls of the reference fill."""
    return pick(
        {
            "type": {"const": "list"},
            "data": {"type": "array", "items": ref(items)},
            "url": {"type": "string"},
            "total_count": {"type": "integer", "minimum": 0},
            "has_more": {"type": "boolean"},
        }
    )


def _device(prefix: str) -> Schema:
    names = ("app_name", "app_version", "device", "os_version", "sdk_version")
    device: Schema = {f"{prefix}_{name}": _TEXT for name in names}
    return device | {f"{prefix}_last_seen_at": _TIME}


_TEXTS: Final = (
    *("email", "email_domain", "phone", "formatted_phone", "name", "language_override"),
    *("browser", "browser_version", "browser_language", "os", "referrer", "external_id"),
    *(f"utm_{part}" for part in ("campaign", "content", "medium", "source", "term")),
)
_TIMES: Final = (
    *("signed_up_at", "last_seen_at", "last_replied_at", "last_contacted_at"),
    *("last_email_opened_at", "last_email_clicked_at"),
)
_CONTACT: Final[Schema] = {
    "type": {"const": "contact"},
    "id": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    "workspace_id": {"type": "string"},
    "role": {"enum": ["user", "lead"]},
    "owner_id": {
        "type": ["integer", "string", "null"],
        "description": "A whole number; the reference's Preview says it as a text.",
    },
    "has_hard_bounced": _FLAG,
    "marked_email_as_spam": _FLAG,
    "unsubscribed_from_emails": _FLAG,
    "enabled_push_messaging": {"type": ["boolean", "null"]},
    "created_at": {"type": "integer"},
    "updated_at": {"type": "integer"},
    "avatar": nullable(
        pick({"type": {"const": "avatar"}, "image_url": {"type": ["string", "null"]}})
    ),
    "custom_attributes": KEPT_ATTRIBUTES,
    "tags": _list_of("addressable_list"),
    "notes": _list_of("addressable_list"),
    "companies": _list_of("company_data"),
    "opted_out_subscription_types": _list_of("addressable_list"),
    "opted_in_subscription_types": _list_of("addressable_list"),
    "location": nullable(ref("contact_location")),
    "social_profiles": pick(
        {"type": {"const": "list"}, "data": {"type": "array", "items": ref("social_profile")}}
    ),
    "merge_history": nullable({"type": "array", "items": ref("merge_history_item")}),
    **dict.fromkeys(_TEXTS, _TEXT),
    **dict.fromkeys(_TIMES, _TIME),
    **_device("android"),
    **_device("ios"),
}
_PARTS: Final[Schema] = {
    "addressable_list": pick(
        {"type": {"type": "string"}, "id": {"type": "string"}, "url": {"type": "string"}}
    ),
    "company_data": pick(
        {"type": {"const": "company"}, "id": {"type": "string"}, "url": {"type": "string"}}
    ),
    "social_profile": pick(
        {"type": {"type": "string"}, "name": {"type": "string"}, "url": {"type": "string"}}
    ),
    "merge_history_item": pick(
        {
            "type": {"type": "string"},
            "source_contact_id": {"type": "string"},
            "source_contact_role": {"enum": ["visitor", "lead", "user"]},
            "merged_at": _TIME,
        }
    ),
    "contact_location": pick(
        dict.fromkeys(
            ["type", "country", "region", "city", "country_code", "continent_code"], _TEXT
        )
    ),
}


def _act(flag: str, description: str) -> Schema:
    """The short answer to an act on one contact."""
    return pick(
        {
            "type": {"const": "contact"},
            "id": {"type": "string"},
            "external_id": _TEXT,
            flag: {"type": "boolean"},
        },
        "type",
        "id",
        "external_id",
        flag,
        description=description,
    )


CONTACT_SCHEMAS: Final[Schema] = {
    **_PARTS,
    "create_contact_request": {
        **pick(_WRITABLE, description="A new contact; it needs an email, external_id or role."),
        "anyOf": [_given("email"), _given("external_id"), _given("role")],
    },
    "update_contact_request": pick(
        _WRITABLE, description="What is to change; null clears a field, what is absent stays."
    ),
    "merge_contacts_request": pick(
        {
            "from": {
                **text(IDENTIFIER_CHARACTERS_MAX, 1),
                "description": "The id of the lead that is no contact of its own afterwards.",
            },
            "into": {
                **text(IDENTIFIER_CHARACTERS_MAX, 1),
                "description": "The id of the user who gets all the lead did.",
            },
            "skip_duplicate_validation": {
                "description": "Not looked at: the two need not look like one person."
            },
        },
        "from",
        "into",
    ),
    "contact": pick(
        _CONTACT,
        "type",
        "id",
        "workspace_id",
        "role",
        "external_id",
        "email",
        "created_at",
        "updated_at",
        "custom_attributes",
        description="A user or a lead. What is not known is null.",
    ),
    "contact_list": pick(
        {
            "type": {"const": "list"},
            "data": {"type": "array", "items": ref("contact")},
            "total_count": {"type": "integer", "minimum": 0},
            "pages": ref("cursor_pages"),
        },
        "type",
        "data",
        "total_count",
        "pages",
    ),
    "cursor_pages": pick(
        {
            "type": {"const": "pages"},
            "page": {"type": "integer", "minimum": 1},
            "per_page": {"type": "integer", "minimum": 1},
            "total_pages": {"type": "integer", "minimum": 0},
            "next": nullable(
                pick(
                    {
                        "per_page": {"type": "integer", "minimum": 1},
                        "starting_after": {"type": "string"},
                    },
                    "starting_after",
                )
            ),
        },
        "type",
        "per_page",
        description="`next` is there as long as more contacts follow.",
    ),
    "contact_deleted": _act("deleted", "The contact is gone and its identifiers are free."),
    "contact_archived": _act("archived", "Whether the contact is archived now."),
    "contact_blocked": _act("blocked", "The contact is blocked."),
    "contact_unarchived": _act("archived", "Whether the contact is archived now."),
}
