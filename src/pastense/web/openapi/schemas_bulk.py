"""Schemas of bulk calls and of the jobs that they are answered with."""

from __future__ import annotations

from typing import Final

from pastense.limits import LABEL_CHARACTERS_MAX, Limits
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import text

_LIST_ITEMS_MAX: Final = Limits().list_items_max
_SECONDS: Final[Schema] = {"type": "integer", "minimum": 0}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_URI: Final[Schema] = {"type": "string", "format": "uri"}
_NAME: Final = nullable(text(LABEL_CHARACTERS_MAX, 1, description="A name for people to read."))
_CLOSING: Final = nullable(ref("job_closing_time"))


def _request(methods: list[str], data_types: list[str], about: str) -> Schema:
    """The body of one of the bulk calls."""
    item = pick(
        {
            "method": {"type": "string", "enum": methods},
            "data_type": {"enum": [*data_types, None]},
            "data": {"type": "object", "description": about},
        },
        "method",
        "data",
    )
    return pick(
        {
            "items": {
                "type": "array",
                "minItems": 1,
                "maxItems": _LIST_ITEMS_MAX,
                "items": item,
            },
            "job": nullable(ref("job_of_bulk_request")),
        },
        "items",
        description="Each item is judged on its own; what is wrong with its data is in the feed.",
    )


_SUBMITTED: Final[Schema] = {
    "job_closing_time": {
        **ref("contact_time"),
        "description": "Unix seconds, at most a day after the job was created.",
    },
    "job_of_bulk_request": pick(
        {
            "id": {"type": ["string", "null"], "description": "An open job; null for a new one."},
            "name": _NAME,
            "closing_at": _CLOSING,
        },
        description="The job that the items go into. A name and a closing time are for a new one.",
    ),
    "bulk_events_request": _request(
        ["post"], ["event"], "An event, as `POST /events` takes it in a list."
    ),
    "bulk_users_request": _request(
        ["post", "delete"], ["user"], "A user, as `POST /users` takes it, or who is archived."
    ),
    "bulk_contacts_request": _request(
        ["post", "delete"],
        ["contact", "lead"],
        "A lead, as `POST /contacts` of 1.x takes it, or who is archived.",
    ),
    "update_job_request": pick({"name": _NAME, "closing_at": _CLOSING}),
}
_STATE: Final[Schema] = {"type": "string", "const": "completed"}
_ANSWERED: Final[Schema] = {
    "bulk_job": pick(
        {
            "app_id": {"type": "string"},
            "id": {"type": "string"},
            "name": {"type": "string"},
            "state": _STATE,
            "created_at": _SECONDS,
            "updated_at": _SECONDS,
            "completed_at": _SECONDS,
            "closing_at": _SECONDS | {"description": "Until when items may be added."},
            "links": pick({"self": _URI, "error": _URI}, "self", "error"),
            "tasks": {"type": "array", "items": ref("bulk_task")},
        },
        *("app_id", "id", "name", "state", "created_at", "updated_at", "completed_at"),
        *("closing_at", "links", "tasks"),
        description="Everything in it was judged and committed before it was answered.",
    ),
    "bulk_task": pick(
        {
            "id": {"type": "string"},
            "item_count": _COUNT,
            "created_at": _SECONDS,
            "started_at": _SECONDS,
            "completed_at": _SECONDS,
            "state": _STATE,
        },
        *("id", "item_count", "created_at", "started_at", "completed_at", "state"),
        description="One of the calls of a job.",
    ),
    "job_error_feed": pick(
        {
            "app_id": {"type": "string"},
            "job_id": {"type": "string"},
            "pages": pick({"next": _URI}, description="Empty on the last page."),
            "items": {"type": "array", "items": ref("refused_item")},
        },
        *("app_id", "job_id", "pages", "items"),
    ),
    "refused_item": pick(
        {
            "type": {"const": "job_item"},
            "id": {"type": "string", "description": "The job's id and the place in the job."},
            "updated_at": _SECONDS,
            "method": {"enum": ["post", "delete"]},
            "data_type": {"enum": ["event", "user", "contact", "lead"]},
            "data": {"type": "object", "description": "As it was sent; large ones are cut."},
            "error": pick(
                {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "field": {"type": ["string", "null"]},
                },
                *("code", "message", "field"),
            ),
        },
        *("type", "id", "updated_at", "method", "data_type", "data", "error"),
    ),
    "job_status": pick(
        {
            "type": {"const": "job"},
            "id": {"type": "string"},
            "url": _URI,
            "status": {"const": "success"},
            "resource_type": {"const": "job"},
            "resource_id": {"type": "string"},
            "resource_url": _URI,
        },
        *("type", "id", "url", "status", "resource_type", "resource_id", "resource_url"),
    ),
}
BULK_SCHEMAS: Final[Schema] = _SUBMITTED | _ANSWERED
