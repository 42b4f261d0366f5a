"""Schemas of the service itself: errors, who a token is, counters and health."""

from __future__ import annotations

from typing import Final

from pastense.web.openapi.parts import Schema, nullable, pick

SERVICE_SCHEMAS: Final[Schema] = {
    "error": pick(
        {
            "type": {"const": "error.list"},
            "request_id": {"type": ["string", "null"]},
            "errors": {
                "type": "array",
                "minItems": 1,
                "items": pick(
                    {
                        "code": {"type": "string"},
                        "message": {"type": ["string", "null"]},
                        "field": {
                            "type": ["string", "null"],
                            "description": "The parameter or the path in the body it is about.",
                        },
                    },
                    "code",
                    "message",
                ),
            },
        },
        "type",
        "errors",
        "request_id",
        description="What was wrong. `code` is for programs, `message` for people.",
    ),
    "app": pick(
        {
            "type": {"const": "app"},
            "id_code": {"type": "string", "description": "The workspace's id."},
            "name": {"type": "string"},
            "region": {"type": ["string", "null"]},
            "timezone": {"type": "string"},
            "created_at": {"type": "integer"},
            "identity_verification": {"type": "boolean"},
            "secure": {"type": "boolean"},
        },
        "type",
        "id_code",
        "name",
    ),
    "admin_with_app": pick(
        {
            "type": {"const": "admin"},
            "id": {"type": "string"},
            "name": {"type": "string", "description": "The token's name."},
            "email": {"type": ["string", "null"]},
            "job_title": {"type": ["string", "null"]},
            "away_mode_enabled": {"type": "boolean"},
            "away_mode_reassign": {"type": "boolean"},
            "has_inbox_seat": {"type": "boolean"},
            "team_ids": {"type": "array", "items": {"type": "integer"}},
            "avatar": pick(
                {"type": {"const": "avatar"}, "image_url": {"type": ["string", "null"]}}
            ),
            "email_verified": {"type": ["boolean", "null"]},
            "role": nullable(
                pick(
                    {
                        "type": {"type": "string"},
                        "id": {"type": "string"},
                        "name": {"type": "string"},
                    }
                )
            ),
            "app": {"$ref": "#/components/schemas/app"},
        },
        "type",
        "id",
        "app",
        description="Who the token stands for and the workspace it opens.",
    ),
    "counters": pick(
        {
            "type": {"const": "pastense.counters"},
            "counters": {
                "type": "object",
                "description": "By name; each counts since this process started.",
                "properties": {"events_stored": {"type": "integer", "minimum": 0}},
                "additionalProperties": {"type": "integer", "minimum": 0},
                "required": ["events_stored"],
            },
        },
        "type",
        "counters",
    ),
    "health": pick({"status": {"type": "string"}}, "status"),
    "openapi": pick(
        {
            "openapi": {"type": "string"},
            "info": {"type": "object"},
            "paths": {"type": "object"},
            "components": {"type": "object"},
        },
        "openapi",
        "info",
        "paths",
        description="This description.",
    ),
}
