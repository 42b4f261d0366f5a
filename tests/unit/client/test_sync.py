"""The driver of calls for the synchronous client."""

from __future__ import annotations

import pytest

from pastense.client.messages import Headers, Pause, Request, Response, Timeout
from pastense.client.sync import drive
from pastense.errors import ConnectionFailed

REQUEST = Request("GET", "/me", (), None, Timeout())
ANSWER = Response(200, Headers(), b"")


class Sender:
    """A transport that gives or raises what it was told, in that order."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)

    def send(self, _: Request) -> Response:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def close(self) -> None:
        raise AssertionError("a driver closes nothing")


def call(seen):
    """A call that begins something, tries twice with a pause, and ends what it began."""
    try:
        try:
            seen.append((yield REQUEST))
        except ConnectionFailed as error:
            seen.append(error)
        seen.append((yield Pause(7)))
        seen.append((yield REQUEST))
    finally:
        seen.append("ended")
    return "value"


def test_answers_and_errors_go_into_the_call_and_pauses_are_kept():
    error = ConnectionFailed("x")
    for first in (ANSWER, error):
        seen, pauses = [], []
        assert drive(call(seen), Sender(first, ANSWER), pauses.append) == "value"
        assert seen == [first, None, ANSWER, "ended"]
        assert pauses == [7]


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(), MemoryError()])
def test_what_the_call_does_not_know_ends_it_at_once(raised):
    seen: list[object] = []
    with pytest.raises(type(raised)) as caught:
        drive(call(seen), Sender(raised))
    assert (caught.value, seen) == (raised, ["ended"])


def test_an_interrupted_pause_ends_the_call_at_once():
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    seen: list[object] = []
    with pytest.raises(KeyboardInterrupt):
        drive(call(seen), Sender(ANSWER), interrupted)
    assert seen == [ANSWER, "ended"]
