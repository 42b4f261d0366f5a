"""Parameters, response headers and the shared error answers."""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    AUDIT_PER_PAGE_DEFAULT,
    AUDIT_PER_PAGE_MAX,
    CONTACTS_PER_PAGE_DEFAULT,
    CONTACTS_PER_PAGE_MAX,
    EMAIL_CHARACTERS_MAX,
    EVENTS_PER_PAGE_DEFAULT,
    EVENTS_PER_PAGE_MAX,
    IDENTIFIER_CHARACTERS_MAX,
)
from pastense.versions import DEFAULT_VERSION, KNOWN_VERSIONS
from pastense.web.openapi.parts import COMMON_HEADERS, JSON, Schema, headers, ref
from pastense.web.openapi.schemas_values import CURSOR_CHARACTERS_MAX, FLAG_PARAMETER, text

_CURSOR_PATTERN: Final = r"^[0-9]{1,15}(\.[0-9]{1,4})?$"


def known_versions() -> list[str]:
    """All versions, the oldest first; the named ones stand at the end."""
    numbered = [version for version in KNOWN_VERSIONS if version[0].isdigit()]
    named = sorted(KNOWN_VERSIONS - set(numbered))
    return sorted(numbered, key=lambda version: [int(n) for n in version.split(".")]) + named


def _query(name: str, schema: Schema, description: str, **more: object) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _path(name: str, description: str, example: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": text(IDENTIFIER_CHARACTERS_MAX, 1),
        "example": example,
    }


_FILTER: Final[Schema] = {
    "type": "object",
    "properties": {
        "user_id": text(IDENTIFIER_CHARACTERS_MAX, 1, description="Your own id of the user."),
        "intercom_user_id": text(
            IDENTIFIER_CHARACTERS_MAX, 1, description="The contact's id: finds leads too."
        ),
        "email": text(EMAIL_CHARACTERS_MAX, 1, description="The user's email address."),
    },
    "anyOf": [{"required": [name]} for name in ("user_id", "intercom_user_id", "email")],
}
PARAMETERS: Final[Schema] = {
    "intercom_version": {
        "name": "Intercom-Version",
        "in": "header",
        "description": "The API version to answer in; the token's own where it is absent.",
        "schema": ref("intercom_version"),
    },
    "token_id": {
        "name": "token_id",
        "in": "path",
        "required": True,
        "description": "The token's number.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "7",
    },
    "admin_per_page": _query(
        "per_page",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": AUDIT_PER_PAGE_MAX,
            "default": AUDIT_PER_PAGE_DEFAULT,
        },
        "Rows on one page.",
    ),
    "admin_starting_after": _query(
        "starting_after",
        {"type": "string", "pattern": "^([0-9]{1,18})?$"},
        "What `pages.next.starting_after` of the page before said.",
    ),
    "contact_id": _path("contact_id", "The contact's id.", "5ba682d23d7cf92bef87bfd4"),
    "external_id": _path("external_id", "Your own id of the contact.", "314159"),
    "filter": _query(
        "filter",
        _FILTER,
        "Whose events, sent flat (`user_id=314159`). Also read: `filter[user_id]=314159` and "
        '`filter={"user_id":"314159"}`. Where several are given they must name one contact.',
        required=True,
        style="form",
        explode=True,
        example={"user_id": "314159"},
    ),
    "type": _query(
        "type",
        {"type": "string", "enum": ["user"]},
        "Always `user`, for leads too.",
        required=True,
        example="user",
    ),
    "summary": _query(
        "summary",
        FLAG_PARAMETER,
        "Count the events by name instead of listing them.",
    ),
    "events_per_page": _query(
        "per_page",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": EVENTS_PER_PAGE_MAX,
            "default": EVENTS_PER_PAGE_DEFAULT,
        },
        "Events on one page.",
    ),
    "before": _query(
        "before",
        {"type": "string", "pattern": _CURSOR_PATTERN},
        "Only events older than this, as `pages.next` says it: milliseconds, up to four decimals.",
    ),
    "since": _query(
        "since",
        {"type": "string", "pattern": _CURSOR_PATTERN},
        "Only events newer than this, as `pages.since` says it.",
    ),
    "contacts_per_page": _query(
        "per_page",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": CONTACTS_PER_PAGE_MAX,
            "default": CONTACTS_PER_PAGE_DEFAULT,
        },
        "Contacts on one page.",
    ),
    "starting_after": _query(
        "starting_after",
        text(CURSOR_CHARACTERS_MAX),
        "What `pages.next.starting_after` of the page before said.",
    ),
    "include_merge_history": _query(
        "include_merge_history",
        FLAG_PARAMETER,
        "Whether to say who became a part of each contact, in `merge_history`.",
    ),
}


def _header(description: str, schema: Schema, *, required: bool = True) -> Schema:
    return {"description": description, "required": required, "schema": schema}


_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
HEADERS: Final[Schema] = {
    "X-Request-Id": _header("Names this request in the log.", {"type": "string"}),
    "Pastense": _header("The server's release.", {"type": "string"}),
    "Intercom-Version": _header(
        "The API version of the answer.", ref("intercom_version"), required=False
    ),
    "Pastense-Event-Id": _header(
        "The id of the event.", {"type": "string", "format": "uuid"}, required=False
    ),
    "Pastense-Stored": _header("Events stored by a list.", _COUNT, required=False),
    "Pastense-Duplicates": _header("Events of a list that were known.", _COUNT, required=False),
    "Pastense-Ignored-Keys": _header(
        "Metadata keys that were left out: beyond the quota, or not tracked.",
        _COUNT,
        required=False,
    ),
    "Pastense-Ignored-Fields": _header(
        "Names of fields that were not kept, percent-encoded and parted by commas.",
        {"type": "string"},
        required=False,
    ),
    "Pastense-Pruned": _header(
        "Events stored without metadata, being older than the retention.", _COUNT, required=False
    ),
    "X-RateLimit-Limit": _header(
        "Calls in ten seconds, where the workspace has a rate limit.", _COUNT, required=False
    ),
    "X-RateLimit-Remaining": _header(
        "Calls that are left until the reset.", _COUNT, required=False
    ),
    "X-RateLimit-Reset": _header(
        "The Unix second in which counting begins anew.", _COUNT, required=False
    ),
    "Link": _header("The contact that it became a part of.", {"type": "string"}),
    "Retry-After": _header("Seconds to wait.", _COUNT),
    "WWW-Authenticate": _header("How to authenticate.", {"type": "string"}),
}


def _refusal(description: str, *extra_headers: str) -> Schema:
    return {
        "description": description,
        "headers": headers(*COMMON_HEADERS, *extra_headers),
        "content": {JSON: {"schema": ref("error")}},
    }


RESPONSES: Final[Schema] = {
    "BadRequest": _refusal("Something in the request is missing or not acceptable."),
    "Unauthorized": _refusal(
        "The token is missing, unknown, expired or revoked.", "WWW-Authenticate"
    ),
    "Forbidden": _refusal("The token does not have the scope this call needs."),
    "NotFound": _refusal("There is no such contact or name."),
    "RequestTimeout": _refusal("The request did not arrive in time."),
    "Conflict": _refusal("Another contact has the identifier, or an email names several users."),
    "ContactMerged": _refusal(
        "The contact is a part of another now (from version 2.16 on; 404 before).", "Link"
    ),
    "PayloadTooLarge": _refusal("The body is larger than the server takes."),
    "UriTooLong": _refusal("The request target is too long."),
    "MediaTypeNotSupported": _refusal("The body is not declared as plain JSON."),
    "Unprocessable": _refusal(
        "Part of it was not stored: events of a list were refused, or a name too many.",
        "Pastense-Stored",
        "Pastense-Duplicates",
        "Pastense-Ignored-Keys",
        "Pastense-Pruned",
    ),
    "RateLimited": _refusal("More calls than the workspace allows; wait.", "Retry-After"),
    "HeadersTooLarge": _refusal("The request's headers are too large."),
    "ServerError": _refusal("Something broke; the log has it under the request's id."),
    "Unavailable": _refusal("Nothing was stored or read; try again.", "Retry-After"),
}
VERSION_SCHEMA: Final[Schema] = {
    "type": "string",
    "enum": known_versions(),
    "default": DEFAULT_VERSION,
    "description": "An API version of the reference.",
}
