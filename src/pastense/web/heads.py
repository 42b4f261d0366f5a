"""Heads of submissions that were read once: the same bytes need not be read again.

A client sends the same head with each event, but for the length of the body. To parse it, and to
judge its headers, costs as much as all the rest that an event costs before it reaches the store.
So the bytes of a head are kept with what they were found to say. Only bytes that came from the
first to the last are compared, and only those of a request that the parser took for one whole
`POST /events` are kept: there is nothing here that reads HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

HEADS_MAX: Final = 1_000
"""Then all are forgotten: each client and each length of a body has one of its own."""
HEAD_BYTES_MAX: Final = 2_000
_END: Final = b"\r\n\r\n"


class Head(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a head says: how many bytes follow it, all headers in their order, and those that
    were judged, as `Exchange.headers` has them. Nobody may change them."""

    body_bytes: int
    headers: tuple[tuple[bytes, bytes], ...]
    judged: dict[bytes, bytes]


class Heads:
    """The heads that one server knows. Used from one thread, the event loop's."""

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """The head and the body of a whole request, where its head is known; None where the bytes
        are anything else, or where anything follows."""
        text, end, body = data.partition(_END)
        head = self._known.get(text) if end else None
        return None if head is None or head.body_bytes != len(body) else (head, body)

    def learn(
        self,
        data: bytes,
        body: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        judged: dict[bytes, bytes],
    ) -> None:
        """Keep the head of a request that the parser found to be whole and to stay open, where
        `data` is all of it and the body came as it is, in one piece of a length that was said."""
        text, end, rest = data.partition(_END)
        if not end or rest != body or b"content-length" not in judged or len(text) > HEAD_BYTES_MAX:
            return
        if len(self._known) >= HEADS_MAX:
            self._known.clear()
        self._known[text] = Head(len(body), tuple(headers), judged)
