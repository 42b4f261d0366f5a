"""Tokens: made, revoked, hashed, read from the Authorization header, and what each may do.

Source: decisions.md "Tokens"; the three forms of the header are in docs/wire.md "Tokens".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import Final

import msgspec

from pastense.clock import Clock
from pastense.errors import Forbidden, Unauthorized
from pastense.limits import Limits
from pastense.model import AuditEntry, Json, Token, Workspace
from pastense.profiles import workspace_limits
from pastense.store.base import AdminStore

SCOPES: Final = ("events:read", "events:write", "contacts:read", "contacts:write", "admin")
DEFAULT_SCOPES: Final = tuple(scope for scope in SCOPES if scope != "admin")
_PREFIX: Final = "pst_"
_TOKEN_BYTES: Final = 24
COMMAND_LINE: Final = "command line"
"""The actor, in the audit log, of what the commands do."""


class Access(msgspec.Struct, frozen=True):
    """What a valid token opens, and the limits that hold in its workspace."""

    token: Token
    limits: Limits = Limits()

    def require(self, scope: str) -> None:
        """Raise `Forbidden`, in Intercom's style, unless the token has the scope.

        The empty scope is any valid token's.
        """
        if scope and scope not in self.token.scopes:
            raise Forbidden(f"You do not have the required scope ({scope}) to access this resource")


def new_secret() -> str:
    """A fresh token of 192 random bits; it is shown once and never kept."""
    return _PREFIX + secrets.token_hex(_TOKEN_BYTES)


def hash_secret(secret: str) -> bytes:
    """What is kept of a token. Its 192 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def create_token(
    store: AdminStore,
    clock: Clock,
    *,
    name: str,
    workspace: Workspace,
    scopes: tuple[str, ...],
    version: str,
    expires_at: int | None,
    actor: str = COMMAND_LINE,
) -> tuple[str, Token]:
    """Make and keep a token; returns the secret, which nobody can read again, and its row."""
    secret = new_secret()
    token = Token(
        number=0,
        name=name,
        workspace=workspace,
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        version=version,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    detail: dict[str, Json] = {
        "name": name,
        "scopes": list(token.scopes),
        "version": version,
        "expires_at": expires_at,
    }
    entry = AuditEntry(workspace.number, token.created_at, actor, "token created", detail)
    return secret, store.create_token(token, hash_secret(secret), entry)


def revoke_token(store: AdminStore, token: Token, now: int, actor: str = COMMAND_LINE) -> bool:
    """Revoke a token; False where it is gone. One that was revoked before stays as it is."""
    detail: dict[str, Json] = {"token": token.number, "name": token.name}
    entry = AuditEntry(token.workspace.number, now, actor, "token revoked", detail)
    return store.revoke_token(token.number, entry)


def read_secret(authorization: str) -> str:
    """The token in an Authorization header; raises `Unauthorized` where there is none.

    Bearer, Basic with the token as user name and an empty password, Basic with the token as
    password (the user name is an app id, which is not consulted).
    """
    scheme, _, value = authorization.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return value
    if scheme.lower() == "basic":
        user, colon, password = _decode_basic(value).partition(":")
        if colon and (password or user):
            return password or user
    raise Unauthorized


def _decode_basic(value: str) -> str:
    try:
        return base64.b64decode(value.encode("ascii"), validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise Unauthorized from None


def find_access(store: AdminStore, secret: str, limits: Limits) -> Access:
    """The access that a token gives under the server's `limits`; raises `Unauthorized` where the
    token is unknown or revoked."""
    token = store.find_token(hash_secret(secret))
    if token is None or token.revoked_at is not None:
        raise Unauthorized
    return Access(token, workspace_limits(limits, token.workspace.settings))


def check_expiry(access: Access, now: int) -> None:
    """Raise `Unauthorized` once the token's time is over."""
    expires_at = access.token.expires_at
    if expires_at is not None and now >= expires_at:
        raise Unauthorized
