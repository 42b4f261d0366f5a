"""The calls that tell people why."""

from __future__ import annotations

from typing import Final

from pastense.limits import EMAIL_CHARACTERS_MAX, IDENTIFIER_CHARACTERS_MAX
from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, body, ref, responses
from pastense.web.openapi.schemas_values import NO_NUL, text

_VERSION: Final = ref("intercom_version", "parameters")
_TAGS: Final = ["Explaining"]
_SECONDS: Final = r"[+-]?[0-9]{1,19}"
_DAY: Final = (
    r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))"
)
_TIME: Final = r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
MOMENT: Final[Schema] = {
    "type": "string",
    "pattern": rf"^({_SECONDS}|(19[7-9][0-9]|[2-8][0-9]{{3}})-{_DAY}({_TIME})?)$",
}
"""Unix seconds or ISO 8601. The 29th of February is read as well; no pattern knows when."""
_ANY_TEXT: Final[Schema] = {"type": "string", "pattern": NO_NUL}
_IDENTIFIER: Final = text(IDENTIFIER_CHARACTERS_MAX, 1)
_WHO: Final[Schema] = {
    "name": "filter",
    "in": "query",
    "description": (
        "Who is meant, sent flat (`user_id=314159`); the other spellings of GET /events are read "
        "too. Where several are given the strongest decides: id, user_id, email."
    ),
    "required": True,
    "style": "form",
    "explode": True,
    "schema": {
        "type": "object",
        "properties": {
            "id": _IDENTIFIER,
            "intercom_user_id": _IDENTIFIER,
            "user_id": _IDENTIFIER,
            "email": text(EMAIL_CHARACTERS_MAX, 1),
        },
        "anyOf": [{"required": [name]} for name in ("id", "intercom_user_id", "user_id", "email")],
    },
    "example": {"user_id": "314159"},
}


def _query(name: str, schema: Schema, description: str, example: str) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "example": example,
    }


_EXAMPLES: Final[Schema] = {
    "single": {
        "summary": "One event, a little wrong",
        "value": {
            "event_name": " placed-order ",
            "created_at": "1671028894",
            "user_id": "314159",
            "metadata": {"price": {"currency": "usd", "amount": 2999}},
        },
    },
    "list": {
        "summary": "A list",
        "value": {
            "user": {"user_id": "314159"},
            "data": [
                {"event_name": "opened-app", "created_at": 1671028896},
                {"event_name": "opened-app", "created_at": 1671028896000},
            ],
        },
    },
}
EXPLAIN_PATHS: Final[Schema] = {
    "/pastense/v1/explain": {
        "get": {
            "operationId": "pastenseExplain",
            "summary": "Explain what is true now of a contact, a name and an event",
            "description": (
                "Needs the scope events:read. Where name and time are given it also says what a "
                "submission of the event would do now; nothing is stored."
            ),
            "tags": _TAGS,
            "parameters": [
                _VERSION,
                _WHO,
                _query("event_name", _ANY_TEXT, "The name of the event.", "did-it"),
                _query(
                    "created_at",
                    MOMENT,
                    "The second of the event, as Unix seconds or in ISO 8601 (UTC unless it says "
                    "otherwise).",
                    "1671028894",
                ),
            ],
            "responses": responses(
                200, answer("What is true now.", ref("pastense_explanation")), *ANY_CALL
            ),
        },
        "post": {
            "operationId": "pastenseRehearse",
            "summary": "Explain what POST /events would do with a body, rule by rule",
            "description": (
                "Needs the scope events:write. The rules are watched while they judge, the store "
                "does the write and undoes it: nothing is stored."
            ),
            "tags": _TAGS,
            "parameters": [_VERSION],
            "requestBody": body(ref("pastense_submission"), _EXAMPLES, required=False),
            "responses": responses(
                200, answer("What would happen.", ref("pastense_rehearsal")), *BODY_CALL
            ),
        },
    },
    "/pastense/v1/refusals": {
        "get": {
            "operationId": "pastenseListRefusals",
            "summary": "List the latest refusals of this process, the newest first",
            "description": (
                "Needs the scope events:read. Only those of the token's own workspace, without "
                "bodies and without anything of a person."
            ),
            "tags": _TAGS,
            "parameters": [
                _VERSION,
                ref("admin_per_page", "parameters"),
                ref("admin_starting_after", "parameters"),
                _query("code", _ANY_TEXT, "Only refusals with that code.", "not_found"),
                _query("field", _ANY_TEXT, "Only refusals about that field.", "email"),
                _query("since", MOMENT, "Only refusals of that second and later.", "1671028894"),
            ],
            "responses": responses(200, answer("A page.", ref("pastense_refusal_list")), *ANY_CALL),
        }
    },
}
