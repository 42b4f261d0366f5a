"""Same contact, name and second: noticed within a bounded memory."""

from __future__ import annotations

from pastense.client.tracking.repeats import KEYS_REMEMBERED_MAX, Repeats


def test_repeats_are_counted():
    repeats = Repeats()
    assert [repeats.see(key) for key in ("a", "b", "a", "a")] == [False, False, True, True]
    assert repeats.count == 2


def test_memory_is_bounded_and_reaches_one_generation_back():
    repeats = Repeats()
    for number in range(KEYS_REMEMBERED_MAX + 10):
        repeats.see(number)
    assert repeats.see(0)
    for number in range(1, 3 * KEYS_REMEMBERED_MAX):
        repeats.see(-number)
    assert len(repeats._young) + len(repeats._old) <= 2 * KEYS_REMEMBERED_MAX
    assert not repeats.see(5)
