"""The calls about the token's own workspace: its settings, its audit log, its tokens."""

from __future__ import annotations

from typing import Final

from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, body, ref, responses

_VERSION: Final = ref("intercom_version", "parameters")
_PAGING: Final = [ref("admin_per_page", "parameters"), ref("admin_starting_after", "parameters")]
_ADMIN: Final = "Needs the scope admin. Only the token's own workspace."


def _call(operation_id: str, summary: str, *parameters: Schema, **more: object) -> Schema:
    return {
        "operationId": operation_id,
        "summary": summary,
        "description": _ADMIN,
        "tags": ["Workspaces"],
        "parameters": [_VERSION, *parameters],
        **more,
    }


WORKSPACE_PATHS: Final[Schema] = {
    "/pastense/v1/workspace": {
        "get": _call(
            "pastenseShowWorkspace",
            "Show the workspace and what holds in it",
            responses=responses(
                200, answer("The workspace.", ref("pastense_workspace")), *ANY_CALL
            ),
        ),
        "put": _call(
            "pastenseChangeWorkspace",
            "Rename the workspace, or change what it sets for itself",
            requestBody=body(
                ref("pastense_workspace_change"),
                {
                    "settings": {
                        "summary": "Two settings of its own, and one taken away",
                        "value": {
                            "settings": {
                                "profile": "like-intercom",
                                "list_window_days": 30,
                                "retention_days": None,
                            }
                        },
                    },
                    "name": {"summary": "Another name", "value": {"name": "Acme"}},
                },
                required=False,
            ),
            responses=responses(
                200, answer("The workspace.", ref("pastense_workspace")), *BODY_CALL
            ),
        ),
    },
    "/pastense/v1/audit": {
        "get": _call(
            "pastenseListAudit",
            "List the administrative acts in the workspace, the newest first",
            *_PAGING,
            responses=responses(200, answer("A page.", ref("pastense_audit")), *ANY_CALL),
        )
    },
    "/pastense/v1/tokens": {
        "get": _call(
            "pastenseListTokens",
            "List the tokens of the workspace, the newest first",
            *_PAGING,
            responses=responses(200, answer("A page.", ref("pastense_token_list")), *ANY_CALL),
        ),
        "post": _call(
            "pastenseCreateToken",
            "Make a token in the workspace; its secret is shown only in this answer",
            requestBody=body(
                ref("pastense_token_request"),
                {
                    "reader": {
                        "summary": "A token that only reads events",
                        "value": {"name": "dashboard", "scopes": ["events:read"]},
                    }
                },
                required=False,
            ),
            responses=responses(200, answer("The token.", ref("pastense_new_token")), *BODY_CALL),
        ),
    },
    "/pastense/v1/tokens/{token_id}": {
        "delete": _call(
            "pastenseRevokeToken",
            "Revoke a token of the workspace; every process refuses it within a second",
            ref("token_id", "parameters"),
            responses=responses(200, answer("The token.", ref("pastense_token")), *ANY_CALL, 404),
        )
    },
}
