"""Addresses of databases, shown without their passwords."""

from __future__ import annotations

import pytest

from pastense.store.address import shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:./data/pastense.db", "sqlite:./data/pastense.db"),
        ("postgresql://me:hidden@host:5433/db", "postgresql:***@host:5433/db"),
        ("postgresql://host/db?password=hidden", "postgresql://host/db"),
        ("postgresql:///db", "postgresql:///db"),
        ("nothing", "nothing"),
        ("postgresql://me:hid?den@host/db", "postgresql:***"),
        ("postgresql://me:12?den@host/db?x=1", "postgresql:***"),
        ("postgresql://me:hid/den@host/db", "postgresql:***@host/db"),
        ("postgresql://host/db?password=a@hidden", "postgresql:***"),
        ("mysql://me:hidden@host/db", "mysql:***@host/db"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown):
    assert shown_address(address) == shown
