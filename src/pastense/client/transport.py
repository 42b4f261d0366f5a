"""The seam between a client and the network: one method, sent a request, gives an answer.

Tests and callers may bring a transport of their own. What fails without an answer is raised as
`ConnectionFailed` or `TimedOut`, never as an error of the library beneath.
"""

from __future__ import annotations

from typing import Protocol

from pastense.client.messages import Request, Response


class Transport(Protocol):
    """Sends requests to one server, from any thread; keeps connections between them."""

    def send(self, request: Request) -> Response:
        """The answer, read whole. Raises `ConnectionFailed` and `TimedOut`."""
        ...

    def close(self) -> None:
        """Close what is open. A transport that is used again opens anew."""
        ...


class AsyncTransport(Protocol):
    """The same for an event loop."""

    async def send(self, request: Request) -> Response:
        """The answer, read whole. Raises `ConnectionFailed` and `TimedOut`."""
        ...

    async def close(self) -> None:
        """Close what is open. A transport that is used again opens anew."""
        ...
