"""A real store in the test's own folder, its workspace, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.model import Workspace
from pastense.store.base import Store
from pastense.store.opening import open_store

from .support import NOW


@pytest.fixture
def clock() -> ManualClock:
    """The test's time, which only the test moves."""
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """A SQLite store of the test's own, migrated."""
    opened, _ = open_store(f"sqlite:{tmp_path}/pastense.db", clock, 1.0)
    yield opened
    opened.close()


@pytest.fixture
def workspace(store: Store) -> Workspace:
    """The workspace that every new store has."""
    return store.admin.workspaces()[0]
