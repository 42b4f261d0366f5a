"""A dropped event is counted, told and said."""

from __future__ import annotations

import pytest

from pastense.client.tracking.dropping import Dropper
from pastense.client.tracking.items import DropReason
from pastense.errors import Conflict

BODY = b'{"event_name":"did","user_id":"u1"}'


def test_on_drop_gets_the_event_and_the_reason():
    told = []
    dropper = Dropper(lambda event, reason: told.append((event, reason)))
    reason = DropReason("refused", Conflict())
    dropper.drop(BODY, reason)
    assert told == [({"event_name": "did", "user_id": "u1"}, reason)]
    assert dropper.counts == {"refused": 1}


def test_on_drop_that_fails_is_said_and_harms_nobody(caplog):
    def fail(event, reason):
        raise RuntimeError("broken callback")

    dropper = Dropper(fail)
    dropper.drop(BODY, DropReason("queue_full"))
    dropper.drop(BODY, DropReason("queue_full"))
    assert dropper.counts == {"queue_full": 2}
    assert "broken callback" in caplog.text


def test_the_log_says_the_first_and_then_each_doubling(caplog):
    dropper = Dropper(None)
    for _ in range(10):
        dropper.drop(BODY, DropReason("queue_full"))
    dropper.drop(BODY, DropReason("closed"))
    said = [record.args[0] for record in caplog.records]
    assert said == [1, 2, 4, 8, 1]


def test_the_log_names_nobody(caplog):
    dropper = Dropper(None)
    dropper.drop(BODY, DropReason("refused", Conflict("jane@example.org is not the one")))
    assert "409 conflict" in caplog.text
    assert "jane" not in caplog.text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (DropReason("queue_full"), "as many events wait as may wait"),
        (DropReason("spool_failed", OSError(28, "No space left")), "No space left"),
        (DropReason("refused", Conflict("twice there")), "twice there"),
    ],
)
def test_a_reason_reads_as_a_sentence(reason, words):
    assert words in str(reason)
