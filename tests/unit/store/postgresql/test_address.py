"""Which addresses libpq takes, and what a refusal shows of one that it does not."""

from __future__ import annotations

import pytest

from pastense.store.base import StoreRefused
from pastense.store.postgresql.address import check_address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:secret@db.example:5433/events?sslmode=require",
        "postgres://me@/events?host=/run/postgresql",
        "postgresql:///events",
    ],
)
def test_an_address_of_libpq_is_taken_as_it_is(address):
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:se%cret@host/db",
        "postgresql://me:hid%den@host/db",
        "postgresql://me:hidden@host/db?nothing=1",
    ],
)
def test_what_is_none_is_refused_without_its_password(address):
    with pytest.raises(StoreRefused, match="is no address of a database; write") as refused:
        check_address(address)
    assert "hidden" not in str(refused.value)
    assert "cret" not in str(refused.value)
