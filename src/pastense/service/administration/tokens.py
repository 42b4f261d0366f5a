"""The tokens of one workspace, as a token with the scope `admin` sees and changes them.

Such a token may give any scope in its own workspace and none elsewhere (decisions.md "Tokens").
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pastense.clock import Clock
from pastense.errors import NotFound, ParameterInvalid
from pastense.limits import CREATED_AT_END_S
from pastense.model import Token, Workspace
from pastense.service.administration.access import (
    DEFAULT_SCOPES,
    SCOPES,
    create_token,
    revoke_token,
)
from pastense.service.administration.workspaces import read_label
from pastense.store.base import AdminStore
from pastense.versions import DEFAULT_VERSION, is_known
from pastense.wire.numbers import row_number, whole_number

NO_TOKEN = "There is no such token"  # noqa: S105 (a sentence, not a secret)


class TokenRequest(msgspec.Struct, frozen=True):
    """What a new token is to be; `expires_at` is in Unix seconds."""

    name: str
    scopes: tuple[str, ...]
    version: str
    expires_at: int | None


def read_token_request(body: Mapping[str, object], now: int) -> TokenRequest:
    """The token that a JSON body asks for; raises `ParameterInvalid`."""
    return TokenRequest(
        read_label(body.get("name", "token"), "name"),
        _read_scopes(body.get("scopes")),
        _read_version(body.get("version")),
        _read_expiry(body.get("expires_at"), now),
    )


def make_token(
    store: AdminStore, clock: Clock, workspace: Workspace, asked: TokenRequest, actor: str
) -> tuple[str, Token]:
    """Make a token in the workspace: its secret, which is shown once, and its row."""
    return create_token(
        store,
        clock,
        name=asked.name,
        workspace=workspace,
        scopes=asked.scopes,
        version=asked.version,
        expires_at=asked.expires_at,
        actor=actor,
    )


def revoke_in_workspace(
    store: AdminStore, workspace: Workspace, token_id: str, now: int, actor: str
) -> Token:
    """Revoke a token of the workspace; raises `NotFound` where it has none with that id."""
    token = _find(store, workspace, token_id)
    revoke_token(store, token, now, actor)
    return _find(store, workspace, token_id)


def _find(store: AdminStore, workspace: Workspace, token_id: str) -> Token:
    number = row_number(token_id)
    if number is not None:
        for token in store.workspace_tokens(workspace.number, number + 1, 1):
            if token.number == number:
                return token
    raise NotFound(NO_TOKEN)


def _read_scopes(value: object) -> tuple[str, ...]:
    if value is None:
        return DEFAULT_SCOPES
    if isinstance(value, list) and value and all(scope in SCOPES for scope in value):
        return tuple(value)
    raise ParameterInvalid(f"scopes must be a list of some of: {', '.join(SCOPES)}", "scopes")


def _read_version(value: object) -> str:
    if value is None:
        return DEFAULT_VERSION
    if isinstance(value, str) and is_known(value):
        return value
    raise ParameterInvalid(
        "version must be 1.0 to 1.4, 2.0 to 2.17, Preview or Unstable", "version"
    )


def _read_expiry(value: object, now: int) -> int | None:
    if value is None:
        return None
    number = None if isinstance(value, str) else whole_number(value)
    if number is not None and now < number < CREATED_AT_END_S:
        return number
    raise ParameterInvalid(
        "expires_at must be whole Unix seconds that lie ahead, or null for never", "expires_at"
    )
