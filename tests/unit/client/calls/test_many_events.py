"""Many events as lists, over a server of a few lines: every event is judged once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pastense.client.calls import many_events
from pastense.client.calls.many_events import create_many
from pastense.client.messages import Headers, Request, Response
from pastense.client.options import read_client_options
from pastense.client.sync import drive
from pastense.errors import ManyRefused

CLIENT = read_client_options("http://host", "t", max_retries=0)


class Server:
    """Takes single events and, where it is a Pastense, lists; both up to a size. It refuses the
    events whose name begins with "bad"."""

    def __init__(self, bytes_max: int = 10**6, is_ours: bool = True) -> None:
        self.bytes_max, self.is_ours = bytes_max, is_ours
        self.stored: list[str] = []
        self.lists = 0

    def send(self, request: Request) -> Response:
        if request.method == "GET":
            return self.answer(200, b'{"id":"1"}')
        assert request.body is not None
        if len(request.body) > self.bytes_max:
            return self.answer(413)
        body = json.loads(request.body)
        return self.take(body["data"]) if "data" in body else self.take_one(body)

    def take_one(self, event: dict) -> Response:
        if event["event_name"].startswith("bad"):
            return self.answer(400, refused(""))
        self.stored.append(event["event_name"])
        return self.answer(202)

    def take(self, events: list[dict]) -> Response:
        assert self.is_ours
        self.lists += 1
        good = [e["event_name"] for e in events if not e["event_name"].startswith("bad")]
        self.stored += good
        bad = [n for n, e in enumerate(events) if e["event_name"].startswith("bad")]
        fields = [refused(f"data[{n}].event_name") for n in bad]
        body = b'{"errors":[%s]}' % b",".join(json_errors(field) for field in fields)
        counts = {"Pastense-Stored": str(len(good)), "Pastense-Duplicates": "0"}
        return self.answer(422, body, counts) if bad else self.answer(202, b"", counts)

    def answer(self, status: int, body: bytes = b"", headers: dict | None = None) -> Response:
        ours = {"Pastense": "0.2.0"} if self.is_ours else {}
        return Response(status, Headers({"X-Request-Id": "r-1", **ours, **(headers or {})}), body)

    def close(self) -> None:
        pass


def refused(field: str) -> bytes:
    item = {"code": "parameter_invalid", "message": "Bad", "field": field or "event_name"}
    return json.dumps({"errors": [item]}).encode()


def json_errors(body: bytes) -> bytes:
    return json.dumps(json.loads(body)["errors"][0]).encode()


def named(names: list[str]) -> list[dict]:
    return [{"event_name": name, "user_id": "u"} for name in names]


def send(server: Server, names: list[str]):
    return drive(create_many(CLIENT, named(names)), server).parsed


NAMES = st.lists(
    st.sampled_from(["good", "better", "bad", "bad and far too long for any server " * 20]),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(NAMES, st.integers(300, 3_000), st.booleans())
def test_each_event_is_stored_or_refused_with_its_place(names, bytes_max, is_ours):
    server = Server(bytes_max, is_ours)
    bad = [place for place, name in enumerate(names) if name.startswith("bad")]
    if bad:
        with pytest.raises(ManyRefused) as caught:
            send(server, names)
        assert caught.value.indices == bad
        assert (caught.value.status, caught.value.request_id) == (422, "r-1")
        assert caught.value.code in ("parameter_invalid", "unknown")
    else:
        assert send(server, names).sent == len(names)
    assert server.stored == [name for name in names if not name.startswith("bad")]


def test_a_server_that_takes_less_is_sent_less():
    server = Server(bytes_max=1_000)
    receipt = send(server, ["good"] * 100)
    assert (receipt.sent, receipt.stored, receipt.duplicates) == (100, 100, 0)
    assert 8 <= server.lists <= 16


def test_a_list_has_no_more_than_it_may_hold(monkeypatch):
    server = Server()
    assert send(server, ["good"] * 2_001).stored == 2_001
    assert server.lists == 3
    monkeypatch.setattr(many_events, "LIST_BYTES_MAX", 1_000)
    server = Server()
    assert send(server, ["good"] * 100).stored == 100
    assert server.lists >= 6
