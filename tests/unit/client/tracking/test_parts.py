"""Parts are cut and halved in order, and remember what may be there."""

from __future__ import annotations

from pastense.client.tracking.items import Item
from pastense.client.tracking.parts import Parts


def make(*numbers):
    return [Item(str(number).encode(), 0.0) for number in numbers]


def bodies(items):
    return [int(item.body) for item in items]


def test_the_first_part_is_cut_to_what_may_be_sent():
    parts = Parts()
    parts.add(make(1, 2, 3))
    assert bodies(parts.first(1).items) == [1]
    assert len(parts) == 2
    parts.end_first()
    assert bodies(parts.first(5).items) == [2, 3]
    assert bodies(parts.items()) == [2, 3]


def test_halves_stay_in_order():
    parts = Parts()
    parts.add(make(1, 2, 3))
    parts.halve()
    assert bodies(parts.first(9).items) == [1]
    assert bodies(parts.items()) == [1, 2, 3]


def test_what_may_be_there_is_told_also_of_what_was_cut():
    parts = Parts()
    parts.add(make(1, 2))
    parts.add(make(3))
    parts.first(9).unanswered = True
    parts.halve()
    assert [(int(item.body), there) for item, there in parts.empty()] == [
        (1, True),
        (2, True),
        (3, False),
    ]
    assert not parts
