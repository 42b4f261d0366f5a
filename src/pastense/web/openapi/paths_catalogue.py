"""The calls about the catalogue of event names."""

from __future__ import annotations

from functools import partial
from typing import Final

from pastense.limits import (
    EVENT_NAME_CHARACTERS_MAX,
    NAMES_PER_PAGE_DEFAULT,
    NAMES_PER_PAGE_MAX,
)
from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body
from pastense.web.openapi.schemas_values import FLAG_PARAMETER, text

_NAME_PART: Final = text(EVENT_NAME_CHARACTERS_MAX)
CATALOGUE_PARAMETERS: Final[Schema] = {
    "event_name_path": {
        "name": "event_name",
        "in": "path",
        "required": True,
        "description": "The whole name, percent-encoded: a slash in it is sent as `%2F`.",
        "schema": text(EVENT_NAME_CHARACTERS_MAX, 1),
        "example": "invited-friend",
    },
    "event_name_prefix": {
        "name": "q",
        "in": "query",
        "description": "Only names that begin with this text; case counts.",
        "schema": _NAME_PART,
    },
    "include_archived": {
        "name": "include_archived",
        "in": "query",
        "description": "List archived names too.",
        "schema": FLAG_PARAMETER,
    },
    "event_names_per_page": {
        "name": "per_page",
        "in": "query",
        "description": "Names on one page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": NAMES_PER_PAGE_MAX,
            "default": NAMES_PER_PAGE_DEFAULT,
        },
    },
    "event_names_starting_after": {
        "name": "starting_after",
        "in": "query",
        "description": "Only names after this one: `pages.next.starting_after` of the page before.",
        "schema": _NAME_PART,
    },
}
_LISTING: Final = (
    *("event_name_prefix", "include_archived", "event_names_per_page"),
    "event_names_starting_after",
)
_ONE: Final = "event_name_path"
_DESCRIPTIONS: Final[Schema] = {
    "describe": {
        "summary": "A description that summaries show",
        "value": {"description": "A user invited a friend"},
    },
    "clear": {"summary": "No description", "value": {"description": None}},
}
_call = partial(call, tag="Catalogue", description="Needs the scope admin.")


def _name(description: str) -> Schema:
    return answer(description, ref("pastense_event_name"))


CATALOGUE_PATHS: Final[Schema] = {
    "/pastense/v1/event_names": {
        "get": _call(
            "pastenseListEventNames",
            "List the event names of the workspace",
            answer("A page of names.", ref("pastense_event_name_list")),
            ANY_CALL,
            *_LISTING,
        )
    },
    "/pastense/v1/event_names/{event_name}": {
        "get": _call(
            "pastenseShowEventName",
            "Show one event name",
            _name("The name, archived or not."),
            (*ANY_CALL, 404),
            _ONE,
        ),
        "put": with_body(
            _call(
                "pastenseDescribeEventName",
                "Describe an event name",
                _name("The name as it is now."),
                (*BODY_CALL, 404),
                _ONE,
            ),
            "pastense_event_name_change",
            _DESCRIPTIONS,
        ),
    },
    "/pastense/v1/event_names/{event_name}/archive": {
        "post": _call(
            "pastenseArchiveEventName",
            "Hide an event name and free its place among the active ones",
            _name("The name is archived."),
            (*ANY_CALL, 404),
            _ONE,
        )
    },
    "/pastense/v1/event_names/{event_name}/unarchive": {
        "post": _call(
            "pastenseUnarchiveEventName",
            "Bring an archived event name back with all its events",
            _name("The name is active."),
            (*ANY_CALL, 404, 422),
            _ONE,
        )
    },
}
