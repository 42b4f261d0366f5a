"""The queue of faults: their order, which request takes which, and what cannot be asked for."""

from __future__ import annotations

import pytest

from pastense.testing.faults import Fault, Faults


def test_the_first_that_is_meant_is_taken_and_counted_down():
    faults = Faults()
    faults.add(Fault(kind="lose_answer", path="/contacts"))
    faults.add(Fault(kind="fail_next", count=2, method="get"))
    faults.add(Fault(kind="hang", seconds=1))
    seen = [("POST", "/events"), ("GET", "/contacts/"), ("GET", "/me"), ("GET", "/me")]
    taken = [faults.take(method, path) for method, path in seen]
    kinds = [fault.kind if fault else None for fault in taken]
    assert kinds == ["hang", "lose_answer", "fail_next", "fail_next"]
    assert faults.take("GET", "/me") is None
    assert faults.waiting() == []


def test_those_that_wait_can_be_seen_and_taken_back():
    faults = Faults()
    faults.add(Fault(kind="reset_connection", count=3))
    faults.take("GET", "/")
    assert faults.waiting() == [Fault(kind="reset_connection", count=2)]
    faults.clear()
    assert faults.take("GET", "/") is None


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="fail_next", count=0), "count must be a whole number"),
        (Fault(kind="fail_next", count=True), "count must be"),
        (Fault(kind="fail_next", status=200), "status must be an HTTP status from 400 to 599"),
        (Fault(kind="fail_next", status=600), "status must be"),
        (Fault(kind="fail_next", retry_after_s=-1), "retry_after_s must be"),
        (Fault(kind="hang"), "seconds must be above 0"),
        (Fault(kind="hang", seconds=float("inf")), "seconds must be"),
        (Fault(kind="hang", seconds="1"), "seconds must be"),
        (Fault(kind="lose_answer", path="events"), "path must begin with a slash"),
        (Fault(kind="lose_answer", path="/events?x=1"), "path must begin with a slash"),
    ],
)
def test_a_bad_one_is_refused_with_a_sentence(fault, words):
    faults = Faults()
    with pytest.raises(ValueError, match=words):
        faults.add(fault)
    assert faults.waiting() == []
