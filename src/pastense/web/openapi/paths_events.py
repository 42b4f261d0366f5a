"""The calls about events."""

from __future__ import annotations

from typing import Final

from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, body, ref, responses

_VERSION: Final = ref("intercom_version", "parameters")
_TAGS: Final = ["Data Events"]
_EVENT_EXAMPLES: Final[Schema] = {
    "single": {
        "summary": "One event of a user",
        "value": {
            "event_name": "invited-friend",
            "created_at": 1671028894,
            "user_id": "314159",
            "metadata": {"invite_code": "ADDAFRIEND", "price": {"currency": "usd", "amount": 2999}},
        },
    },
    "lead": {
        "summary": "One event of a lead",
        "value": {
            "event_name": "asked-for-demo",
            "created_at": 1671028895,
            "id": "5ba682d23d7cf92bef87bfd4",
        },
    },
    "list": {
        "summary": "Several events of one user",
        "value": {
            "type": "event.list",
            "user": {"user_id": "314159"},
            "data": [
                {"event_name": "opened-app", "created_at": 1671028896},
                {"event_name": "closed-app", "created": 1671028897, "metadata": {"seconds": 42}},
            ],
        },
    },
}
_SUMMARY_EXAMPLES: Final[Schema] = {
    "one": {
        "value": {
            "user_id": "314159",
            "event_summaries": {
                "event_name": "visited",
                "count": 12,
                "first": 1671028894,
                "last": 1671038894,
            },
        }
    }
}

EVENT_PATHS: Final[Schema] = {
    "/events": {
        "post": {
            "operationId": "createDataEvent",
            "summary": "Record one event or a list of events",
            "description": (
                "Answered once the events are on disk. An event with the same contact, name and "
                "second as an earlier one is a duplicate: it is accepted and changes nothing."
            ),
            "tags": _TAGS,
            "parameters": [_VERSION],
            "requestBody": body(
                {
                    "anyOf": [
                        ref("create_data_event_request"),
                        ref("event_list_request"),
                    ]
                },
                _EVENT_EXAMPLES,
            ),
            "responses": responses(
                202,
                answer(
                    "Stored, or known already.",
                    None,
                    "Pastense-Event-Id",
                    "Pastense-Stored",
                    "Pastense-Duplicates",
                    "Pastense-Ignored-Keys",
                    "Pastense-Pruned",
                ),
                *BODY_CALL,
                404,
                409,
                422,
            ),
        },
        "get": {
            "operationId": "lisDataEvents",
            "summary": "List a contact's events or their summaries",
            "description": "The list shows the last 90 days; summaries count everything.",
            "tags": _TAGS,
            "parameters": [
                _VERSION,
                *(
                    ref(name, "parameters")
                    for name in ("filter", "type", "summary", "events_per_page", "before", "since")
                ),
            ],
            "responses": responses(
                200,
                answer(
                    "A page of events, or the summaries where `summary` is true.",
                    {"anyOf": [ref("data_event_list"), ref("data_event_summary")]},
                ),
                *ANY_CALL,
                404,
                409,
            ),
        },
    },
    "/events/summaries": {
        "post": {
            "operationId": "dataEventSummaries",
            "summary": "Bring history from elsewhere",
            "description": (
                "Sets how often a contact did something before it was recorded here. The same "
                "call again replaces what it set; recorded events are counted on top."
            ),
            "tags": _TAGS,
            "parameters": [_VERSION],
            "requestBody": body(ref("create_data_event_summaries_request"), _SUMMARY_EXAMPLES),
            "responses": responses(
                200, answer("All summaries of the call are set."), *BODY_CALL, 404, 409, 422
            ),
        }
    },
}
