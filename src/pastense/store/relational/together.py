"""Which open transaction a thread writes into, where it writes several things together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

OneConnection = TypeVar("OneConnection")


class Together(Generic[OneConnection]):
    """For each thread the connection whose transaction it is in, if it is in one."""

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def connection(self) -> OneConnection | None:
        """That of the calling thread."""
        found: OneConnection | None = getattr(self._local, "connection", None)
        return found

    @contextmanager
    def within(self, connection: OneConnection) -> Iterator[None]:
        """All that the calling thread writes within the block, and reads, is a part of the
        transaction that is open on the connection."""
        outer, self._local.connection = self.connection, connection
        try:
            yield
        finally:
            self._local.connection = outer
