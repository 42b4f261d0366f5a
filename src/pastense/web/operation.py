"""One call of the API: its method and path, who handles it, what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from pastense.web.exchange import Answer, Exchange

Handler = Callable[[Exchange], Awaitable[Answer]]


class Operation(msgspec.Struct, frozen=True):
    """One call. `scope` is what the token needs: "" is any token, None is no token at all.

    `older` answers instead under the versions 1.x, where the same path means something else
    (docs/wire.md "Versions").
    """

    method: str
    path: str
    handler: Handler
    scope: str | None
    older: Handler | None = None

    def handler_for(self, version: str) -> Handler:
        """Who answers under an API version."""
        return self.older if self.older is not None and version.startswith("1.") else self.handler
