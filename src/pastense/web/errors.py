"""The one function that writes an error body (docs/wire.md "Errors")."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pastense.model import Refused


class ErrorItem(msgspec.Struct, omit_defaults=False):
    """One error of the list. It carries no `type`: older SDKs read that before the code."""

    code: str
    message: str
    field: str | None


class ErrorList(msgspec.Struct):
    """The body of every answer that is not a success."""

    type: str
    request_id: str
    errors: list[ErrorItem]


def error_body(refusals: Sequence[Refused], request_id: str) -> bytes:
    """The error list as JSON."""
    items = [ErrorItem(refused.code, refused.message, refused.field) for refused in refusals]
    return msgspec.json.encode(ErrorList("error.list", request_id, items))
