"""The schema of a store: which migrations were applied, and those that are missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

Tell = Callable[[str, bool], None]
"""Is told a sentence, and whether it is a passing one: how far something is at this moment."""
KeepOn = Callable[[], bool]
"""Whether to go on; asked between the parts of long work."""


class SchemaStep(msgspec.Struct, frozen=True):
    """One migration and how it stands. `applied_at` is in Unix seconds, None where it was not
    applied; then `waits_for` says what it waits for, None where nothing is in its way."""

    number: int
    name: str
    applied_at: int | None
    waits_for: str | None


class SchemaStore(Protocol):
    """Brings the tables up to date, in parts and beside servers."""

    def steps(self) -> list[SchemaStep]:
        """Every migration that was applied or is known, by number. Changes nothing."""
        ...

    def is_finished(self) -> bool:
        """Whether nothing is missing, post migrations included."""
        ...

    def finish(self, tell: Tell, keep_on: KeepOn) -> bool:
        """Apply what is missing, post migrations as well where they may be; whether nothing is
        missing then. What waits, and why, is told. Raises `StoreRefused` with a sentence where a
        lock could not be had, `StoreError` where the store did not answer; begun anew it goes
        on where it was."""
        ...
