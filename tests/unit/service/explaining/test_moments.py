"""A second as people write it."""

from __future__ import annotations

import pytest

from pastense.service.explaining.moments import read_moment


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("1800000000", 1_800_000_000),
        (" 5 ", 5),
        ("-5", -5),
        ("20270115", 20_270_115),
        ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2027-01-15T08:00:00", 1_800_000_000),
        ("2027-01-15 08:00", 1_800_000_000),
        ("2027-01-15T10:00:00.9+02:00", 1_800_000_000),
        ("1970-01-01", 0),
        ("soon", None),
        ("", None),
        ("5.5", None),
        ("2027-02-30", None),
        ("2027-01-15T08:00:00 02:00", None),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200),
        ("9" * 20, None),
    ],
)
def test_a_moment(text, second):
    assert read_moment(text) == second
