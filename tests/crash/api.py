"""A small blocking client for tests and benchmarks: one keep-alive connection, JSON in and out."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from types import TracebackType
from urllib.parse import urlencode, urlsplit

PER_PAGE_MAX = 150
TIMEOUT_S = 30.0


class Api:
    """Calls one server on the loopback; every call answers (status, decoded body or None)."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def call(self, method: str, target: str, body: object = None) -> tuple[int, dict | None]:
        """One request; `target` may be an absolute URL of this server, as `pages.next` is."""
        parts = urlsplit(target)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def expect(self, status: int, method: str, target: str, body: object = None) -> dict:
        """One request that must be answered with this status; its body, {} where it has none."""
        found, answer = self.call(method, target, body)
        assert found == status, f"{method} {target}: {found} {answer}"
        return answer or {}

    def create_contact(self, **fields: str) -> str:
        """Create a contact; returns its id."""
        return self.expect(200, "POST", "/contacts", fields)["id"]

    def page(self, contact: str, **parameters: object) -> dict:
        """One page of a contact's events, or its summary."""
        return self.expect(200, "GET", events_target(contact, parameters))

    def events(self, contact: str, **parameters: object) -> Iterator[dict]:
        """All events of a contact, page after page, as `pages.next` leads."""
        page = self.page(contact, **{"per_page": PER_PAGE_MAX} | parameters)
        yield from page["events"]
        while page["pages"].get("next"):
            page = self.expect(200, "GET", page["pages"]["next"])
            yield from page["events"]


def events_target(contact: str, parameters: Mapping[str, object]) -> str:
    """The request target that reads one contact's events; it works for users and leads."""
    query = {"type": "user", "intercom_user_id": contact} | dict(parameters)
    return f"/events?{urlencode(query)}"
