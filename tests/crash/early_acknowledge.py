"""The control of the crash test: a server that says 202 for single events before it commits.

It is the product with one promise broken. The crash test's verification must see what it
loses; a verification that does not would prove nothing about the product either.
"""

from __future__ import annotations

import importlib
import time
from typing import Any

from pastense.model import Accepted
from pastense.service.events import committer

WRITE_DELAY_S = 0.02


class EarlyCommitter(committer.Committer):
    """Answers single events at once and writes them a moment later."""

    def _commit(self, tickets: list[committer.Ticket[Any]]) -> None:
        # A list waits for its commit: only the store knows which of its items it refuses.
        single = [ticket for ticket in tickets if len(ticket.events) == 1]
        self._deliver([(ticket.waiter, _promise(ticket)) for ticket in single])
        time.sleep(WRITE_DELAY_S)
        if single:
            self._write([ticket.events[0] for ticket in single], None)
        lists = [ticket for ticket in tickets if len(ticket.events) > 1]
        if lists:
            super()._commit(lists)


def _promise(ticket: committer.Ticket[Any]) -> list[Accepted]:
    """What the store will probably say."""
    return [Accepted("0" * 24, 0, event.created_at, duplicate=False) for event in ticket.events]


if __name__ == "__main__":
    # The web floor takes the class when it is imported, so it is replaced before that.
    committer.Committer = EarlyCommitter
    main = importlib.import_module("pastense.cli.main").main
    main()
