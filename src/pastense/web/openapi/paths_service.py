"""The calls about the service itself."""

from __future__ import annotations

from typing import Final

from pastense.web.openapi.parts import ANY_CALL, Schema, answer, ref, responses

_VERSION: Final = ref("intercom_version", "parameters")
_OPEN_CALL: Final = (400, 408, 413, 414, 431, 500)
"""What can go wrong with a call that needs no token."""


def _open(operation_id: str, summary: str, success: Schema, *statuses: int) -> Schema:
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["Service"],
        "security": [],
        "responses": responses(200, success, *_OPEN_CALL, *statuses),
    }


SERVICE_PATHS: Final[Schema] = {
    "/me": {
        "get": {
            "operationId": "identifyAdmin",
            "summary": "Say whom the token stands for",
            "tags": ["Service"],
            "parameters": [_VERSION],
            "responses": responses(
                200, answer("The token and its workspace.", ref("admin_with_app")), *ANY_CALL
            ),
        }
    },
    "/pastense/v1/counters": {
        "get": {
            "operationId": "pastenseCounters",
            "summary": "Count what this process did since it started",
            "description": "Needs the scope admin.",
            "tags": ["Service"],
            "parameters": [_VERSION],
            "responses": responses(200, answer("Counters by name.", ref("counters")), *ANY_CALL),
        }
    },
    "/healthz": {
        "get": _open("healthz", "Say whether the process runs", answer("It runs.", ref("health")))
    },
    "/readyz": {
        "get": _open(
            "readyz",
            "Say whether the service can store and read",
            answer("It can.", ref("health")),
            503,
        )
    },
    "/openapi.json": {
        "get": _open("openapi", "Describe these calls", answer("OpenAPI 3.1.", ref("openapi")))
    },
}
