"""The sandbox's clock: it flows, jumps, stands still and goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pastense.testing.clock import SandboxClock


class Machine:
    """The machine's time, as a test wants it."""

    def __init__(self) -> None:
        self.seconds = 1_000.5

    def __call__(self) -> float:
        return self.seconds


def test_time_flows_from_wherever_it_is_put():
    machine = Machine()
    clock = SandboxClock(machine)
    assert clock.now() == 1_000
    clock.set(5_000)
    machine.seconds += 10
    assert clock.now() == 5_010
    clock.move(timedelta(minutes=1))
    clock.move(-10)
    machine.seconds += 1
    assert clock.now() == 5_061
    clock.reset()
    assert clock.now() == 1_011


def test_a_frozen_clock_stands_still_and_can_be_moved():
    machine = Machine()
    clock = SandboxClock(machine)
    clock.freeze()
    machine.seconds += 100
    assert (clock.now(), clock.is_frozen) == (1_000, True)
    clock.move(5)
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    machine.seconds += 100
    assert clock.now() == 1_893_456_000
    clock.resume()
    clock.resume()
    machine.seconds += 1
    assert (clock.now(), clock.is_frozen) == (1_893_456_001, False)
    clock.freeze(7)
    assert clock.now() == 7


@pytest.mark.parametrize(
    ("moment", "error"),
    [
        (-1, ValueError),
        (10**11, ValueError),
        (float("nan"), ValueError),
        (datetime(2030, 1, 1), ValueError),  # noqa: DTZ001 (that is the fault)
        ("noon", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
)
def test_what_is_no_time_is_refused_and_changes_nothing(moment, error):
    clock = SandboxClock(Machine())
    with pytest.raises(error):
        clock.set(moment)
    assert clock.now() == 1_000
    if error is TypeError:
        with pytest.raises(error):
            clock.move(moment)
    with pytest.raises(ValueError, match="seconds since 1970"):
        clock.move(-2_000)
