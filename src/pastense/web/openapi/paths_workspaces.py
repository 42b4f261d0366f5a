"""The calls about the token's own workspace: its settings, its audit log, its tokens."""

from __future__ import annotations

from functools import partial
from typing import Final

from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body

_PAGING: Final = ("admin_per_page", "admin_starting_after")
_ADMIN: Final = "Needs the scope admin. Only the token's own workspace."
_CHANGES: Final[Schema] = {
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
}
_READER: Final[Schema] = {
    "reader": {
        "summary": "A token that only reads events",
        "value": {"name": "dashboard", "scopes": ["events:read"]},
    }
}
_call = partial(call, tag="Workspaces", description=_ADMIN)
WORKSPACE_PATHS: Final[Schema] = {
    "/pastense/v1/workspace": {
        "get": _call(
            "pastenseShowWorkspace",
            "Show the workspace and what holds in it",
            answer("The workspace.", ref("pastense_workspace")),
            ANY_CALL,
        ),
        "put": with_body(
            _call(
                "pastenseChangeWorkspace",
                "Rename the workspace, or change what it sets for itself",
                answer("The workspace.", ref("pastense_workspace")),
                BODY_CALL,
            ),
            "pastense_workspace_change",
            _CHANGES,
            required=False,
        ),
    },
    "/pastense/v1/audit": {
        "get": _call(
            "pastenseListAudit",
            "List the administrative acts in the workspace, the newest first",
            answer("A page.", ref("pastense_audit")),
            ANY_CALL,
            *_PAGING,
        )
    },
    "/pastense/v1/tokens": {
        "get": _call(
            "pastenseListTokens",
            "List the tokens of the workspace, the newest first",
            answer("A page.", ref("pastense_token_list")),
            ANY_CALL,
            *_PAGING,
        ),
        "post": with_body(
            _call(
                "pastenseCreateToken",
                "Make a token in the workspace; its secret is shown only in this answer",
                answer("The token.", ref("pastense_new_token")),
                BODY_CALL,
            ),
            "pastense_token_request",
            _READER,
            required=False,
        ),
    },
    "/pastense/v1/tokens/{token_id}": {
        "delete": _call(
            "pastenseRevokeToken",
            "Revoke a token of the workspace; every process refuses it within a second",
            answer("The token.", ref("pastense_token")),
            (*ANY_CALL, 404),
            "token_id",
        )
    },
}
