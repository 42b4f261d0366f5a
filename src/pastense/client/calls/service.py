"""The service itself: who the token is, and any other call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Unpack

from msgspec import UNSET

from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.options import ClientOptions
from pastense.client.per_call import PerCall, read_per_call
from pastense.client.reading import read_as, read_json
from pastense.client.results import Me

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_PATH: Final = re.compile(r"/[!\"$-~]*")
_read_me: Final = read_as(Me)


def me(client: ClientOptions, /, **call: Unpack[PerCall]) -> Steps[Answer[Me]]:
    """Who the token is. Raises `Unauthorized` where it is not valid."""
    return perform(client, Call("GET", "/me", _read_me, options=read_per_call(call)))


def request(
    client: ClientOptions,
    /,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    json: object = UNSET,
    **call: Unpack[PerCall],
) -> Steps[Answer[object]]:
    """Any call of the API that has no method here: the JSON of its answer, None where it is empty.

    `path` begins with a slash and is percent-encoded; `json` is the body. It is tried again like
    every call, so what must not happen twice is to be sent with `max_retries=0`.
    """
    if method.upper() not in _METHODS:
        raise ValueError(f"method is one of {', '.join(sorted(_METHODS))}")
    if not _PATH.fullmatch(path):
        raise ValueError("path begins with a slash and is percent-encoded, such as /tags/81")
    if query and "?" in path:
        raise ValueError("Give the query in `query` or behind the path, not in both")
    options = read_per_call(call)
    return perform(client, Call(method.upper(), path, read_json, query, json, options, ""))
