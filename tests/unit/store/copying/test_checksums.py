"""Which contacts differ, and what is told of a comparison."""

from __future__ import annotations

import pytest

from pastense.store.copying.checksums import Comparison, differing

ONE = [(1, b"a"), (2, b"b"), (5, b"c")]
SAME = ({"events": 3}, {"events": 3})


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (ONE, []),
        ([(1, b"a"), (2, b"x"), (5, b"c")], [2]),
        ([(1, b"a"), (5, b"c")], [2]),
        ([(1, b"a"), (2, b"b"), (3, b"b"), (5, b"c"), (9, b"c")], [3, 9]),
        ([], [1, 2, 5]),
    ],
)
def test_contacts_that_are_not_the_same_on_both_sides(other, found):
    assert list(differing(iter(ONE), iter(other))) == found
    assert list(differing(iter(other), iter(ONE))) == found


@pytest.mark.parametrize(
    ("found", "is_same"),
    [
        (Comparison(SAME, ("a", "a"), [], 0, []), True),
        (Comparison(({"events": 3}, {"events": 2}), ("a", "a"), [], 0, []), False),
        (Comparison(SAME, ("a", "b"), [], 0, []), False),
        (Comparison(SAME, ("a", "a"), ["c1"], 1, []), False),
        (Comparison(SAME, ("a", "a"), [], 0, ["The tags differ."]), False),
    ],
)
def test_both_are_the_same_only_where_nothing_differs(found, is_same):
    assert found.is_same is is_same
