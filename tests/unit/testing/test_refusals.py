"""Which event an error is about, and bodies that are none."""

from __future__ import annotations

import json

import pytest

from pastense.testing.refusals import read_errors, sent_event

ONE = {"event_name": "did", "user_id": "u1"}
LIST = {"data": [ONE, {"event_name": "done"}, 5]}


@pytest.mark.parametrize(
    ("body", "field", "sent"),
    [
        (ONE, "created_at", ONE),
        (ONE, None, ONE),
        (LIST, "data[1].created_at", {"event_name": "done"}),
        (LIST, "data[2]", None),
        (LIST, "data[9]", None),
        (LIST, "data", None),
        ({"role": "user"}, None, None),
        ([1], None, None),
    ],
)
def test_the_event_that_was_sent(body, field, sent):
    assert sent_event(json.dumps(body).encode(), field) == sent


def test_what_is_no_json_is_no_event_and_no_error():
    assert sent_event(b"\xff", None) is None
    assert sent_event(b"", None) is None
    assert read_errors(b"Bad Gateway") == ()
    assert read_errors(b'{"errors": 5}') == ()
    assert read_errors(b'{"errors": [{"code": "c", "message": "m"}]}') == (("c", "m", None),)
