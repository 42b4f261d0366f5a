"""The pytest plugin: the fixture `intercom_sandbox`, its marker, and its setting in the ini file.

It is loaded in every project that has Pastense installed, so the sandbox itself is imported
when the fixture is first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pastense.testing.sandbox import Sandbox

PROFILE_OPTION = "intercom_sandbox_profile"
MARKER = "intercom_sandbox"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The profile of all tests that choose no other."""
    parser.addini(
        PROFILE_OPTION,
        "profile of the intercom_sandbox fixture: open, like-intercom",
        default="open",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(profile=None, **limits): the profile and the limits of the workspace that the "
        "sandbox goes by in this test, as create_unknown_contacts=True",
    )


@pytest.fixture(scope="session")
def intercom_sandbox_server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The server behind `intercom_sandbox`, one for each process that runs tests."""
    from pastense.testing.sandbox import Sandbox

    profile = str(request.config.getini(PROFILE_OPTION))
    try:
        sandbox = Sandbox(profile=profile)
    except ValueError as error:
        raise pytest.UsageError(f"{PROFILE_OPTION}: {error}") from None
    with sandbox:
        yield sandbox


@pytest.fixture
def intercom_sandbox(
    request: pytest.FixtureRequest, intercom_sandbox_server: Sandbox
) -> Iterator[Sandbox]:
    """A sandbox for code that sends events to Intercom: a real server on this machine, empty at
    the start of the test."""
    sandbox = intercom_sandbox_server
    sandbox.empty()
    marker = request.node.get_closest_marker(MARKER)
    if marker is not None:
        sandbox.use_profile(*marker.args, **marker.kwargs)
    yield sandbox
    sandbox.clear_faults()
