"""A client of the sandbox that is no SDK: one request on a fresh connection."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Reply:
    """One answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(
    sandbox, method: str, path: str, body: object = None, *, token: str | None = None, timeout_s=5.0
) -> Reply:
    """Send a request with the sandbox's token, unless another one is given ("" is none)."""
    place = sandbox.base_url.removeprefix("http://")
    connection = http.client.HTTPConnection(place, timeout=timeout_s)
    given = sandbox.token if token is None else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body)
    try:
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, answer.read())
    finally:
        connection.close()


def post_event(sandbox, name: str = "did", user_id: str = "u1", **fields: object) -> Reply:
    """Send one event, of now unless said otherwise."""
    event = {"event_name": name, "user_id": user_id, "created_at": sandbox.clock.now()} | fields
    return call(sandbox, "POST", "/events", event)
