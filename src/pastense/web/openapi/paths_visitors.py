"""The calls about visitors and the counts."""

from __future__ import annotations

from typing import Final

from pastense.limits import IDENTIFIER_CHARACTERS_MAX
from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body
from pastense.web.openapi.schemas_values import text

_NAME: Final[Schema] = {"rename": {"value": {"id": "5ba682d23d7cf92bef87bfd4", "name": "Ada"}}}
_RENAME: Final[Schema] = {"rename": {"value": {"name": "Ada"}}}
_ADD: Final[Schema] = {"nobody": {"value": {}}, "named": {"value": {"name": "From the fair"}}}
_CONVERT: Final[Schema] = {
    "user": {
        "value": {
            "visitor": {"user_id": "6b00fddd-7289-8a57-b7e5-f972420b4d98"},
            "user": {"user_id": "271828"},
            "type": "user",
        }
    },
    "lead": {
        "value": {
            "visitor": {"user_id": "6b00fddd-7289-8a57-b7e5-f972420b4d98"},
            "type": "lead",
        }
    },
}
VISITOR_PARAMETERS: Final[Schema] = {
    "visitor_id": {
        "name": "visitor_id",
        "in": "path",
        "required": True,
        "description": "The visitor's id, or its user_id that was made of it.",
        "schema": text(IDENTIFIER_CHARACTERS_MAX, 1),
        "example": "5ba682d23d7cf92bef87bfd4",
    },
    "visitor_user_id": {
        "name": "user_id",
        "in": "query",
        "required": True,
        "description": "The visitor's user_id. Also read: `id`.",
        "schema": text(IDENTIFIER_CHARACTERS_MAX, 1),
        "example": "6b00fddd-7289-8a57-b7e5-f972420b4d98",
    },
    "count_type": {
        "name": "type",
        "in": "query",
        "description": "What to count; absent for everything.",
        "schema": {"type": "string", "enum": ["user", "lead", "company"]},
    },
    "count_part": {
        "name": "count",
        "in": "query",
        "description": "By what to count; it needs a `type`, and `user` is for companies only.",
        "schema": {"type": "string", "enum": ["tag", "segment", "user"]},
    },
}


def _call(operation_id: str, summary: str, statuses: tuple[int, ...], *parameters: str) -> Schema:
    success = answer("The visitor.", ref("visitor"), "Pastense-Ignored-Fields")
    return call(operation_id, summary, success, statuses, *parameters, tag="Visitors")


VISITOR_PATHS: Final[Schema] = {
    "/visitors": {
        "get": _call(
            "retrieveVisitorWithUserId",
            "Find a visitor",
            (*ANY_CALL, 404),
            "visitor_user_id",
        ),
        "put": with_body(
            _call("updateVisitor", "Change the visitor that is named", (*BODY_CALL, 404, 409)),
            "save_visitor_request",
            _NAME,
        ),
        "post": with_body(
            _call("SaveVisitor", "The same, as an older SDK calls it", (*BODY_CALL, 404, 409)),
            "save_visitor_request",
            _NAME,
        ),
    },
    "/visitors/convert": {
        "post": with_body(
            call(
                "convertVisitor",
                "Make a visitor a user or a lead",
                answer(
                    "The contact: the one that was named, or the visitor as one. Under 1.x in "
                    "the shapes of 1.x.",
                    {"anyOf": [ref("contact"), ref("older_user"), ref("older_lead")]},
                ),
                (*BODY_CALL, 404, 409),
                tag="Visitors",
            ),
            "convert_visitor_request",
            _CONVERT,
        )
    },
    "/visitors/{visitor_id}": {
        "get": _call("ShowVisitor", "Show one visitor", (*ANY_CALL, 404), "visitor_id"),
        "put": with_body(
            _call("ChangeVisitor", "Change a visitor", (*BODY_CALL, 404, 409), "visitor_id"),
            "add_visitor_request",
            _RENAME,
            required=False,
        ),
        "delete": _call(
            "DeleteVisitor", "Delete a visitor and all it did", (*ANY_CALL, 404), "visitor_id"
        ),
    },
    "/pastense/v1/visitors": {
        "post": with_body(
            _call("AddVisitor", "Add a visitor", (*BODY_CALL, 409)),
            "add_visitor_request",
            _ADD,
            required=False,
        )
    },
    "/counts": {
        "get": call(
            "Counts",
            "How many users, leads and tags there are",
            answer("The counts.", ref("counts")),
            ANY_CALL,
            *("count_type", "count_part"),
            tag="Older API",
        )
    },
}
