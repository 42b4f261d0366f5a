"""The bulk calls and the calls about their jobs."""

from __future__ import annotations

from typing import Final

from pastense.limits import IDENTIFIER_CHARACTERS_MAX, INTEGER_MAX, JOB_ERRORS_PER_PAGE_MAX
from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, body, ref, responses
from pastense.web.openapi.schemas_values import text

_VERSION: Final = ref("intercom_version", "parameters")
_TAGS: Final = ["Bulk"]
_EVENT_EXAMPLES: Final[Schema] = {
    "new": {
        "summary": "Two events in a new job",
        "value": {
            "items": [
                {
                    "method": "post",
                    "data_type": "event",
                    "data": {
                        "event_name": "ordered-item",
                        "created_at": 1671028894,
                        "user_id": "314159",
                        "metadata": {"order_date": 1671028894},
                    },
                },
                {
                    "method": "post",
                    "data_type": "event",
                    "data": {
                        "event_name": "invited-friend",
                        "created_at": 1671028895,
                        "user_id": "314159",
                    },
                },
            ]
        },
    }
}


def _person_examples(data_type: str, name: str) -> Schema:
    items = [
        {"method": method, "data_type": data_type, "data": {name: value}}
        for method, value in (("post", "25"), ("delete", "26"))
    ]
    return {"both": {"summary": "One is saved, one archived", "value": {"items": items}}}


def _bulk(operation_id: str, what: str, schema: str, examples: Schema) -> Schema:
    return {
        "post": {
            "operationId": operation_id,
            "summary": f"Many {what} in one call",
            "description": (
                "Every item is judged on its own and committed before the answer. What was "
                "refused is listed by the job's error feed for a day. Sent again it does no harm."
            ),
            "tags": _TAGS,
            "parameters": [_VERSION],
            "requestBody": body(ref(schema), examples),
            "responses": responses(
                202,
                answer(
                    "The job.",
                    ref("bulk_job"),
                    "Pastense-Stored",
                    "Pastense-Duplicates",
                    "Pastense-Ignored-Keys",
                    "Pastense-Ignored-Fields",
                    "Pastense-Pruned",
                ),
                *BODY_CALL,
                404,
            ),
        }
    }


def _job_call(operation_id: str, summary: str, schema: str, *parameters: Schema) -> Schema:
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": _TAGS,
        "parameters": [_VERSION, ref("job_id", "parameters"), *parameters],
        "responses": responses(200, answer("As asked.", ref(schema)), *ANY_CALL, 404),
    }


BULK_PARAMETERS: Final[Schema] = {
    "job_id": {
        "name": "job_id",
        "in": "path",
        "required": True,
        "description": "The job's id.",
        "schema": text(IDENTIFIER_CHARACTERS_MAX, 1),
        "example": "job_5ca1ab1eca11ab1e",
    },
    "feed_after": {
        "name": "after",
        "in": "query",
        "description": "As `pages.next` says it: the place in the job behind which to go on.",
        "schema": {"type": "integer", "minimum": -1, "maximum": INTEGER_MAX, "default": -1},
    },
    "feed_per_page": {
        "name": "per_page",
        "in": "query",
        "description": "Items on one page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": JOB_ERRORS_PER_PAGE_MAX,
            "default": JOB_ERRORS_PER_PAGE_MAX,
        },
    },
}
BULK_PATHS: Final[Schema] = {
    "/bulk/events": _bulk("bulkEvents", "events", "bulk_events_request", _EVENT_EXAMPLES),
    "/bulk/users": _bulk(
        "bulkUsers", "users", "bulk_users_request", _person_examples("user", "user_id")
    ),
    "/bulk/contacts": _bulk(
        "bulkContacts", "leads", "bulk_contacts_request", _person_examples("contact", "id")
    ),
    "/jobs/{job_id}": {
        "get": _job_call("showJob", "A bulk job", "bulk_job"),
        "post": {
            "operationId": "updateJob",
            "summary": "Name a job, or move the time it closes",
            "tags": _TAGS,
            "parameters": [_VERSION, ref("job_id", "parameters")],
            "requestBody": body(
                ref("update_job_request"),
                {"name": {"value": {"name": "nightly import"}}},
                required=False,
            ),
            "responses": responses(200, answer("The job.", ref("bulk_job")), *BODY_CALL, 404),
        },
    },
    "/jobs/{job_id}/error": {
        "get": _job_call(
            "listJobErrors",
            "Items of a job that were refused in the last day",
            "job_error_feed",
            ref("feed_after", "parameters"),
            ref("feed_per_page", "parameters"),
        )
    },
    "/jobs/status/{job_id}": {
        "get": _job_call("jobsStatus", "A job in the shape of 2.14 and later", "job_status")
    },
}
