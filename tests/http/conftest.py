"""A server per module for tests that leave nothing behind, and one per test for the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pastense.service.administration.workspaces import create_workspace
from tests.support.inprocess import InProcess, in_process


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """One server for the module; tests that use it must not depend on each other."""
    with in_process(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def apart(shared: InProcess) -> InProcess:
    """The module's server with an empty workspace of the test's own; the clock is the module's."""
    workspace = create_workspace(shared.store.workspaces, shared.clock, "apart")
    token = shared.make_token(workspace=workspace)
    return replace(shared, workspace=workspace, secret=token)


@pytest.fixture
def server(tmp_path) -> Iterator[InProcess]:
    """A server of the test's own."""
    with in_process(tmp_path) as running:
        yield running
