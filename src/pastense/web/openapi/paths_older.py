"""The calls of the older API about users and leads, and what /contacts means under 1.x."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any, Final

from pastense.limits import (
    CREATED_SINCE_DAYS_MAX,
    EMAIL_CHARACTERS_MAX,
    IDENTIFIER_CHARACTERS_MAX,
    PEOPLE_LAST_PAGE,
    PEOPLE_PER_PAGE_DEFAULT,
    PEOPLE_PER_PAGE_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.web.openapi.parts import (
    ANY_CALL,
    BODY_CALL,
    Schema,
    answer,
    call,
    ref,
    with_body,
)
from pastense.web.openapi.schemas_values import text

_call = partial(call, tag="Older API")
_VERSIONS: Final = [f"1.{minor}" for minor in range(5)]
_OLDER: Final = "Under the versions 1.x it is about leads, in the shapes of 1.x: "


def _query(name: str, schema: Schema, description: str, **more: object) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _number(minimum: int, maximum: int, **more: object) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum, **more}


OLDER_PARAMETERS: Final[Schema] = {
    "older_version": {
        "name": "Intercom-Version",
        "in": "header",
        "required": True,
        "description": "A version 1.x. A token that was made with one need not send it.",
        "schema": {"type": "string", "enum": _VERSIONS},
        "example": "1.4",
    },
    "user_path_id": {
        "name": "user_id",
        "in": "path",
        "required": True,
        "description": "The contact's id.",
        "schema": text(IDENTIFIER_CHARACTERS_MAX, 1),
        "example": "5ba682d23d7cf92bef87bfd4",
    },
    "find_user_id": _query(
        "user_id", text(IDENTIFIER_CHARACTERS_MAX, 1), "Finds the one that has it."
    ),
    "find_email": _query("email", text(EMAIL_CHARACTERS_MAX, 1), "Finds the user that has it."),
    "archive_user_id": _query(
        "user_id",
        text(IDENTIFIER_CHARACTERS_MAX, 1),
        "Who is meant. Also read: `id`, and for users `email`.",
        required=True,
    ),
    "older_page": _query("page", _number(1, PEOPLE_LAST_PAGE, default=1), "Which page."),
    "older_per_page": _query(
        "per_page",
        _number(1, PEOPLE_PER_PAGE_MAX, default=PEOPLE_PER_PAGE_DEFAULT),
        "People on one page.",
    ),
    "older_order": _query("order", {"enum": ["asc", "desc"], "default": "desc"}, "Which way."),
    "older_sort": _query(
        "sort",
        {
            "enum": ["created_at", "updated_at", "signed_up_at", "last_request_at"],
            "default": "created_at",
        },
        "By which time.",
    ),
    "created_since": _query(
        "created_since", _number(0, CREATED_SINCE_DAYS_MAX), "Created in the last so many days."
    ),
    "older_tag_id": _query("tag_id", _number(0, 2**63 - 1), "Only those that carry the tag."),
    "older_segment_id": _query(
        "segment_id", text(IDENTIFIER_CHARACTERS_MAX, 1), "404: there are no segments yet."
    ),
    "lead_email": _query("email", text(EMAIL_CHARACTERS_MAX, 1), "1.x: only leads that have it."),
    "lead_phone": _query("phone", text(TEXT_CHARACTERS_MAX, 1), "1.x: only leads that have it."),
    "scroll_param": _query(
        "scroll_param",
        {"type": "string", "pattern": "^[0-9a-f]{1,12}-[0-9a-f]{1,15}$"},
        "What the answer before said; absent to begin.",
    ),
}
_LISTING: Final = (
    *("older_page", "older_order", "older_sort", "created_since", "older_tag_id"),
    "older_segment_id",
)
_USER_EXAMPLES: Final[Schema] = {
    "user": {
        "value": {
            "user_id": "271828",
            "email": "grace@example.org",
            "name": "Grace",
            "signed_up_at": 1671028894,
            "custom_attributes": {"plan": "team"},
        }
    }
}
_RENAME: Final[Schema] = {"rename": {"value": {"name": "Ada Lovelace", "new_session": True}}}
_CONVERT: Final[Schema] = {
    "lead": {
        "value": {
            "contact": {"user_id": "6b00fddd-7289-8a57-b7e5-f972420b4d98"},
            "user": {"user_id": "271828"},
        }
    }
}
_DELETE: Final[Schema] = {"user": {"value": {"intercom_user_id": "5ba682d23d7cf92bef87bfd4"}}}


def _saved(description: str) -> Schema:
    return answer(description, ref("older_user"), "Pastense-Ignored-Fields")


def _user(description: str) -> Schema:
    return answer(description, ref("older_user"))


_USER_PATHS: Final[Schema] = {
    "/users": {
        "get": _call(
            "FindUsers",
            "Find one user by user_id or email, or list them",
            answer(
                "The user where one is named, else a page of users; archived ones are left out.",
                {"anyOf": [ref("older_user"), ref("user_list")]},
            ),
            (*ANY_CALL, 404, 409),
            "find_user_id",
            "find_email",
            "older_per_page",
            *_LISTING,
        ),
        "post": with_body(
            _call(
                "SaveUser",
                "Add a user, or change the one that is named",
                _saved("The user as it is now."),
                (*BODY_CALL, 404, 409),
            ),
            "save_user_request",
            _USER_EXAMPLES,
        ),
        "delete": _call(
            "ArchiveNamedUser",
            "Archive the user that is named",
            _user("The user, now archived."),
            (*ANY_CALL, 404, 409),
            "archive_user_id",
        ),
    },
    "/users/scroll": {
        "get": _call(
            "ScrollUsers",
            "All users, a hundred at a time",
            answer("The next hundred; nobody at the end.", ref("user_list")),
            ANY_CALL,
            "scroll_param",
        )
    },
    "/users/{user_id}": {
        "get": _call(
            "ShowUser", "Show one user", _user("The user."), (*ANY_CALL, 404), "user_path_id"
        ),
        "put": with_body(
            _call(
                "UpdateUser",
                "Change a user in part",
                _saved("The user as it is now."),
                (*BODY_CALL, 404, 409),
                "user_path_id",
            ),
            "update_user_request",
            _RENAME,
            required=False,
        ),
        "delete": _call(
            "ArchiveUser",
            "Archive a user",
            _user("The user, now archived."),
            (*ANY_CALL, 404),
            "user_path_id",
        ),
    },
    "/user_delete_requests": {
        "post": with_body(
            _call(
                "RequestUserDeletion",
                "Delete a contact and all it did for ever",
                answer("It is gone.", ref("deletion")),
                (*BODY_CALL, 404),
            ),
            "deletion_request",
            _DELETE,
        )
    },
}
_LEAD_PATHS: Final[Schema] = {
    "/contacts/scroll": {
        "get": _call(
            "ScrollLeads",
            "All leads, a hundred at a time (1.x)",
            answer("The next hundred; nobody at the end.", ref("lead_list")),
            ANY_CALL,
            "scroll_param",
            version="older_version",
        )
    },
    "/contacts/convert": {
        "post": with_body(
            _call(
                "ConvertLead",
                "Make a lead a user (1.x)",
                _user("The user: the one that was named, or the lead as a user."),
                (*BODY_CALL, 404, 409),
                version="older_version",
            ),
            "convert_lead_request",
            _CONVERT,
        )
    },
}
_ARCHIVE_LEAD: Final = _call(
    "ArchiveNamedLead",
    "Archive the lead that is named (1.x)",
    answer("The lead, now archived.", ref("older_lead")),
    (*ANY_CALL, 404),
    "archive_user_id",
    version="older_version",
)
OLDER_PATHS: Final[Schema] = {**_USER_PATHS, **_LEAD_PATHS}


def with_leads(contact_paths: Schema) -> Schema:
    """The calls about contacts with what they mean under 1.x, in words and in schemas."""
    paths: dict[str, Any] = deepcopy(contact_paths)
    contacts, one = paths["/contacts"], paths["/contacts/{contact_id}"]
    contacts["delete"] = _ARCHIVE_LEAD
    names = ("find_user_id", "lead_email", "lead_phone", *_LISTING)
    contacts["get"]["parameters"] += [ref(name, "parameters") for name in names]
    contacts["get"]["responses"]["404"] = contacts["post"]["responses"]["404"] = ref(
        "NotFound", "responses"
    )
    _widen(
        contacts["get"], "the lead with `user_id`, or a page by number.", "older_lead", "lead_list"
    )
    _widen(contacts["post"], "every call without id and user_id adds one.", "older_lead")
    _widen(one["get"], "the lead, unless it is archived.", "older_lead")
    _widen(one["put"], "the lead is changed.", "older_lead")
    _widen(one["delete"], "the lead is archived and not deleted.", "older_lead")
    for operation, schema in (
        (contacts["post"], "save_lead_request"),
        (one["put"], "update_user_request"),
    ):
        content = operation["requestBody"]["content"]["application/json"]
        content["schema"] = {"anyOf": [content["schema"], ref(schema)]}
    return paths


def _widen(operation: dict[str, Any], description: str, *schemas: str) -> None:
    operation["description"] = _OLDER + description
    content = operation["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"anyOf": [content["schema"], *(ref(name) for name in schemas)]}
