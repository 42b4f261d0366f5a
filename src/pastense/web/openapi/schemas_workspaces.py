"""Schemas of the token's own workspace: its settings, its audit log, its tokens."""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    AUDIT_PER_PAGE_MAX,
    CREATED_AT_END_S,
    LABEL_CHARACTERS_MAX,
)
from pastense.profiles import PROFILES
from pastense.service.administration.access import SCOPES
from pastense.service.administration.workspaces import PROFILE, SETTING_NAMES, setting_bounds
from pastense.web.openapi.parts import Schema, nullable, pick, ref

_LABEL: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LABEL_CHARACTERS_MAX,
    "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$",
}
_NUMBER_TEXT: Final[Schema] = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_SECONDS: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": CREATED_AT_END_S}
_OR_NEVER: Final = nullable(_SECONDS)


def _setting(name: str) -> Schema:
    """What may be sent as a setting."""
    if name == PROFILE:
        return {"enum": [*PROFILES, None]}
    bounds = setting_bounds(name)
    if bounds is None:
        return {"type": ["boolean", "null"]}
    return {"type": ["integer", "null"], "minimum": bounds[0], "maximum": bounds[1]}


_SETTING: Final = pick(
    {
        "value": {"type": ["integer", "boolean", "string"]},
        "source": {
            "enum": ["workspace", "profile", "server"],
            "description": "Who sets it: the workspace itself, its profile, or the server.",
        },
        "unit": {"type": ["string", "null"]},
        "meaning": {"type": "string"},
    },
    *("value", "source", "unit", "meaning"),
)
_TOKEN: Final[Schema] = {
    "type": {"const": "pastense.token"},
    "id": _NUMBER_TEXT,
    "name": {"type": "string"},
    "scopes": {"type": "array", "items": {"enum": list(SCOPES)}},
    "version": ref("intercom_version"),
    "created_at": _SECONDS,
    "expires_at": _OR_NEVER,
    "revoked_at": _OR_NEVER,
}


def _page(items: Schema) -> Schema:
    following = pick(
        {"per_page": {"type": "integer"}, "starting_after": _NUMBER_TEXT},
        *("per_page", "starting_after"),
        description="Absent on the last page.",
    )
    pages = pick(
        {
            "type": {"const": "pages"},
            "per_page": {"type": "integer", "minimum": 1, "maximum": AUDIT_PER_PAGE_MAX},
            "next": following,
        },
        *("type", "per_page"),
    )
    return pick(
        {"type": {"const": "list"}, "data": {"type": "array", "items": items}, "pages": pages},
        *("type", "data", "pages"),
    )


WORKSPACE_SCHEMAS: Final[Schema] = {
    "pastense_workspace": pick(
        {
            "type": {"const": "pastense.workspace"},
            "id": {"type": "string"},
            "name": {"type": "string"},
            "created_at": _SECONDS,
            "settings": pick(dict.fromkeys(SETTING_NAMES, _SETTING), *SETTING_NAMES),
        },
        *("type", "id", "name", "created_at", "settings"),
    ),
    "pastense_workspace_change": {
        "type": "object",
        "properties": {
            "name": _LABEL,
            "settings": {
                "type": "object",
                "description": "Those to change; null takes the workspace's own value away.",
                "properties": {name: _setting(name) for name in SETTING_NAMES},
                "additionalProperties": False,
            },
        },
    },
    "pastense_audit": _page(
        pick(
            {
                "type": {"const": "pastense.audit_entry"},
                "id": _NUMBER_TEXT,
                "created_at": _SECONDS,
                "actor": {
                    "type": "string",
                    "description": "A token's number and name, or the command line.",
                },
                "act": {"type": "string", "examples": ["token created"]},
                "detail": {"type": "object", "description": "Never anything of a person."},
            },
            *("type", "id", "created_at", "actor", "act", "detail"),
        )
    ),
    "pastense_token": pick(_TOKEN, *_TOKEN),
    "pastense_new_token": pick(
        {
            **_TOKEN,
            "token": {
                "type": "string",
                "description": "The secret. It is shown only here and kept as a hash.",
            },
        },
        *_TOKEN,
        "token",
    ),
    "pastense_token_list": _page(ref("pastense_token")),
    "pastense_token_request": {
        "type": "object",
        "properties": {
            "name": _LABEL,
            "scopes": {
                "description": "All but admin where it is left out or null.",
                **nullable({"type": "array", "minItems": 1, "items": {"enum": list(SCOPES)}}),
            },
            "version": nullable(ref("intercom_version")),
            "expires_at": {
                "description": "Unix seconds that lie ahead; null for never.",
                **nullable({"type": "integer", "minimum": 0, "maximum": CREATED_AT_END_S - 1}),
            },
        },
    },
}
