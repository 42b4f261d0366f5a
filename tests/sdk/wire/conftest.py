"""The user whom the replays are about."""

from __future__ import annotations

import pytest


@pytest.fixture
def user(wire, unique):
    external_id = unique("legacy")
    return wire.new_contact(external_id=external_id, email=f"{external_id}@example.org")
