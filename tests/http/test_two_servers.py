"""Two server processes on one PostgreSQL database: each sees at once what the other one did."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.crash.api import Api
from tests.support.postgresql import shared_server
from tests.support.server import RunningServer, create_token, start_server

SOON_S = 1.0
EVENTS = 500
WRITERS = 8
PER_LIST = 50
BEGIN = int(time.time()) - 86_400


@dataclass
class Pair:
    """Two servers, and a token for both that may do all."""

    servers: tuple[RunningServer, RunningServer]
    database: str
    token: str

    def apis(self, token: str | None = None) -> tuple[Api, Api]:
        one, other = (Api(server.port, token or self.token) for server in self.servers)
        return one, other


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    cluster = shared_server()
    with cluster.database() as name:
        address = cluster.address(name)
        everything = ("events:read", "events:write", "contacts:read", "contacts:write", "admin")
        token = create_token(address, "--scope", ",".join(everything))
        servers: list[RunningServer] = []
        try:
            for _ in range(2):
                servers.append(start_server(address))  # noqa: PERF401 (the first may be alone)
            yield Pair((servers[0], servers[1]), address, token)
        finally:
            ended = [server.stop() for server in servers]
        assert ended == [0, 0]


def assert_soon(is_so: Callable[[], bool]) -> None:
    """It becomes so within a second; what is asked is not more than a look."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < SOON_S, "not within a second"
        time.sleep(0.02)


def test_what_one_acknowledged_the_other_reads(pair: Pair) -> None:
    with pair.apis()[0] as one, pair.apis()[1] as other:
        contact = one.create_contact(role="user", external_id="reads")
        for number in range(20):
            writer, reader = (one, other) if number % 2 else (other, one)
            event = {"event_name": "did", "created_at": BEGIN + number, "user_id": "reads"}
            writer.expect(202, "POST", "/events", event)
            listed = list(reader.events(contact))
            assert len(listed) == number + 1
            assert reader.page(contact, summary="true")["events"][0]["count"] == number + 1


def test_a_token_that_one_revoked_is_refused_by_the_other(pair: Pair) -> None:
    secret = create_token(pair.database, "--name", "to be revoked")
    with pair.apis()[0] as one, pair.apis(secret)[1] as other:
        other.expect(200, "GET", "/me")
        tokens = one.expect(200, "GET", "/pastense/v1/tokens")["data"]
        (number,) = (token["id"] for token in tokens if token["name"] == "to be revoked")
        one.call("DELETE", f"/pastense/v1/tokens/{number}")
        assert_soon(lambda: other.call("GET", "/me")[0] == 401)


def test_a_setting_that_one_changed_holds_in_the_other(pair: Pair) -> None:
    with pair.apis()[0] as one, pair.apis()[1] as other:
        contact = one.create_contact(role="user", external_id="settings")
        seconds = itertools.count(BEGIN)

        def kept() -> int:
            """How many keys of three the other one keeps."""
            event = {
                "event_name": "did",
                "created_at": next(seconds),
                "user_id": "settings",
                "metadata": {"a": 1, "b": 2, "c": 3},
            }
            other.expect(202, "POST", "/events", event)
            return len(other.page(contact, per_page=1)["events"][0]["metadata"])

        assert kept() == 3
        for value, expected in ((2, 2), (None, 3)):
            change = {"settings": {"metadata_keys_max": value}}
            one.expect(200, "PUT", "/pastense/v1/workspace", change)
            assert_soon(lambda expected=expected: kept() == expected)


def test_the_same_events_from_many_writers_are_stored_once(pair: Pair) -> None:
    with pair.apis()[0] as one:
        contact = one.create_contact(role="user", external_id="once")
    events = [
        {"event_name": "did", "created_at": BEGIN + number, "user_id": "once"}
        for number in range(EVENTS)
    ]
    lists = [events[begin : begin + PER_LIST] for begin in range(0, EVENTS, PER_LIST)]
    failed: list[BaseException] = []

    def send(writer: int) -> None:
        try:
            with pair.apis()[writer % 2] as api:
                # Each begins elsewhere, so that not all wait for the same rows.
                for some in lists[writer:] + lists[:writer]:
                    api.expect(202, "POST", "/events", {"type": "event.list", "data": some})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for api in pair.apis():
        with api:
            listed = list(api.events(contact))
            assert len(listed) == EVENTS
            assert len({event["id"] for event in listed}) == EVENTS
            (summary,) = api.page(contact, summary="true")["events"]
            assert summary["count"] == EVENTS
