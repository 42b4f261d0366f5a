"""The shared state of the sandbox's server: that of any server, with a journal of events."""

from __future__ import annotations

from collections.abc import Sequence

from pastense.clock import Clock
from pastense.model import NewEvent, Outcome
from pastense.settings import Settings
from pastense.store.base import Store, Then
from pastense.testing.journal import Journal
from pastense.web.state import State


class SandboxState(State):
    """Notes each group once it was written, before its senders hear of it."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        super().__init__(store, clock, settings)
        self.journal = Journal()

    def _write(self, group: Sequence[NewEvent], then: Then | None) -> list[Outcome]:
        outcomes = super()._write(group, then)
        self.journal.add(group, outcomes)
        return outcomes
