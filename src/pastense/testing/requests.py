"""The latest requests to a sandbox, each with its answer."""

from __future__ import annotations

import threading
from typing import Any, Final

import msgspec

from pastense.testing.records import RecordedRequest

REQUESTS_KEPT: Final = 10_000
BODY_KEPT_BYTES: Final = 1024 * 1024
_EMPTY: Final = {"request_id": "", "body": b"", "status": None, "fault": None}
"""What is not known yet when a request begins."""


class RequestLog:
    """A request stands here from its beginning; its answer is added before it is sent. Safe in
    threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, RecordedRequest] = {}
        self._count = 0

    def begin(self, **fields: object) -> int:
        """Add a request that begins; returns its number."""
        with self._lock:
            self._count += 1
            number = self._count
            whole: dict[str, Any] = {"number": number, **_EMPTY, **fields}
            self._requests[number] = RecordedRequest(**whole)
            if len(self._requests) > REQUESTS_KEPT:
                del self._requests[next(iter(self._requests))]
            return number

    def change(self, number: int, **fields: object) -> None:
        """Add what became of a request; one that is no longer kept stays forgotten."""
        with self._lock:
            request = self._requests.get(number)
            if request is not None:
                self._requests[number] = msgspec.structs.replace(request, **fields)

    def all(self) -> list[RecordedRequest]:
        """The requests that are kept, in the order in which they began."""
        with self._lock:
            return list(self._requests.values())

    def clear(self) -> None:
        """Forget all requests; numbers begin again with 1."""
        with self._lock:
            self._requests.clear()
            self._count = 0
