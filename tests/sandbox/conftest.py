"""What the tests of the sandbox share: the very fixture that users have, with a user in it."""

from __future__ import annotations

import pytest


@pytest.fixture
def sandbox(intercom_sandbox):
    """The sandbox with the user "u1", its clock standing still at the present second."""
    intercom_sandbox.add_contact("u1", email="u1@example.org")
    intercom_sandbox.clock.freeze()
    return intercom_sandbox
