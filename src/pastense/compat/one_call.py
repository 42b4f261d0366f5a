"""The one-call form known from TypeScript: header and fields of an event in one flat object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pastense.client.core import Call, perform
from pastense.client.http import HttpTransport
from pastense.client.messages import Response
from pastense.client.options import read_client_options
from pastense.client.sync import drive
from pastense.compat.checks import json_object, mapping
from pastense.compat.errors import ApiValueError
from pastense.compat.models import CreateDataEventRequest, IntercomVersion

URL_VARIABLE: Final = "PASTENSE_URL"
TOKEN_VARIABLE: Final = "PASTENSE_TOKEN"  # noqa: S105 (its name, not a token)
_VERSION: Final = "Intercom-Version"
_TRANSPORTS_KEPT: Final = 4


def createdataevent(fields: Mapping[str, Any], /) -> None:
    """Submit one event: the fields of `CreateDataEventRequest`, and maybe `Intercom-Version`.

    The server's address and the token are in the environment, `PASTENSE_URL` and
    `PASTENSE_TOKEN`, read at each call. Repeats as `pastense.Client` does, twice. Raises
    `TypeError` and `ValueError` before a request is made, `pastense.errors.ApiError` for a
    refusal, `pastense.errors.NoAnswer` where the last attempt had no answer.
    """
    body = mapping("the argument", fields)
    version = body.pop(_VERSION, None)
    checked = CreateDataEventRequest(body)
    client = read_client_options(
        _variable(URL_VARIABLE, "the server's address, as https://api.intercom.io"),
        _variable(TOKEN_VARIABLE, "an access token"),
        version=None if version is None else IntercomVersion(version),
    )
    call = Call("POST", "/events", _nothing, body=json_object("body", checked))
    drive(perform(client, call), _transport(client.base_url))


def _variable(name: str, what: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ApiValueError(f"Set {name} in the environment to {what}")
    return value


@lru_cache(_TRANSPORTS_KEPT)
def _transport(base_url: str) -> HttpTransport:
    return HttpTransport(base_url)


def _nothing(_: Response) -> None:
    return None
