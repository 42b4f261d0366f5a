"""Model to public JSON: the audit log and tokens, calls of our own under `/pastense/v1/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pastense.model import AuditEntry, Token, Workspace

_encode: Final = msgspec.json.Encoder().encode


def audit_object(entry: AuditEntry) -> dict[str, Any]:
    """One act of the log."""
    return {
        "type": "pastense.audit_entry",
        "id": str(entry.number),
        "created_at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "detail": entry.detail,
    }


def token_object(token: Token, secret: str | None = None) -> dict[str, Any]:
    """What may be known of a token; its `secret` only where it was made just now."""
    shown = {} if secret is None else {"token": secret}
    return {
        "type": "pastense.token",
        "id": str(token.number),
        "name": token.name,
        "scopes": token.scopes,
        "version": token.version,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        **shown,
    }


def token_body(token: Token, secret: str | None = None) -> bytes:
    """One token."""
    return _encode(token_object(token, secret))


def workspace_body(workspace: Workspace, settings: Sequence[msgspec.Struct]) -> bytes:
    """A workspace with what holds in it: each setting under its name, without that name."""
    shown = [msgspec.structs.asdict(setting) for setting in settings]
    return _encode(
        {
            "type": "pastense.workspace",
            "id": workspace.id,
            "name": workspace.name,
            "created_at": workspace.created_at,
            "settings": {setting.pop("name"): setting for setting in shown},
        }
    )


def numbered_page(objects: Sequence[dict[str, Any]], per_page: int) -> bytes:
    """A page of objects whose ids are falling numbers, of which one more than a page was asked.

    `pages.next` is absent on the last page, as in a list of contacts.
    """
    data = objects[:per_page]
    pages: dict[str, Any] = {"type": "pages", "per_page": per_page}
    if len(objects) > per_page:
        pages["next"] = {"per_page": per_page, "starting_after": data[-1]["id"]}
    return _encode({"type": "list", "data": data, "pages": pages})
