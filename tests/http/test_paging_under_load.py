"""Paging while events arrive: nothing that was there at the first page is lost or repeated."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from tests.crash.api import Api
from tests.support.server import running_server

DAY_S = 86_400
WAIT_S = 10.0
POLLED_EVENTS = 200
WRITES_PER_PAGE = 3
"""Between two pages at least so many events arrive."""


class Writer:
    """Posts one event after the other, on a connection of its own, until it is told to stop."""

    def __init__(self, port: int, token: str, events: Iterator[dict]) -> None:
        self.acknowledged: list[tuple[str, int]] = []
        self._port = port
        self._token = token
        self._events = events
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def wait_for_more(self, more: int) -> None:
        """Return when that many further events were acknowledged."""
        goal = len(self.acknowledged) + more
        end = time.monotonic() + WAIT_S
        while len(self.acknowledged) < goal:
            assert time.monotonic() < end, "the writer stands still"
            assert not self.ended, "the writer ran out of events"
            time.sleep(0.0005)

    def _run(self) -> None:
        with Api(self._port, self._token) as api:
            for event in self._events:
                if self._stop.is_set():
                    return
                api.expect(202, "POST", "/events", event)
                self.acknowledged.append((event["event_name"], event["created_at"]))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paging")
    with running_server(f"sqlite:{folder / 'pastense.db'}") as running:
        yield running


@pytest.fixture(scope="module")
def token(server):
    return server.token()


@pytest.fixture
def api(server, token):
    with Api(server.port, token) as api:
        yield api


@pytest.fixture
def contact(api, request):
    return api.create_contact(role="user", external_id=request.node.name)


def post_list(api: Api, contact: str, moments: list[tuple[str, int]]) -> None:
    items = [{"event_name": name, "created_at": at, "id": contact} for name, at in moments]
    api.expect(202, "POST", "/events", {"type": "event.list", "data": items})


def moment(event: dict) -> tuple[str, int]:
    return event["event_name"], event["created_at"]


def read_while_written(api: Api, contact: str, writer: Writer, per_page: int) -> list[dict]:
    """All pages from the newest to the oldest; the writer gets ahead between any two."""
    page = api.page(contact, per_page=per_page)
    read = list(page["events"])
    while page["pages"].get("next"):
        writer.wait_for_more(WRITES_PER_PAGE)
        page = api.expect(200, "GET", page["pages"]["next"])
        assert len(page["events"]) <= per_page
        assert len(read) <= len(writer.acknowledged) + 1_000, "paging comes to no end"
        read += page["events"]
    return read


def assert_each_once(read: list[dict], there_before: set[tuple[str, int]]) -> None:
    moments = [moment(event) for event in read]
    assert len(moments) == len(set(moments)), "an event was repeated"
    assert len({event["id"] for event in read}) == len(read)
    assert there_before <= set(moments), "an event was lost"
    times = [event["created_at"] for event in read]
    assert times == sorted(times, reverse=True)


def test_pages_hold_still_while_newer_and_older_events_arrive(api, server, token, contact):
    middle = int(time.time()) - 5 * DAY_S
    before = [("old", middle + 10 * number) for number in range(200)]
    post_list(api, contact, before)

    def arriving() -> Iterator[dict]:
        # Newer ones, older ones, ones between those that are read, and duplicates of them.
        for number in itertools.count():
            for name, at in (
                ("new", middle + 10_000 + number),
                ("past", middle - 1 - number),
                ("between", middle + 10 * (number % 200) + 5),
                ("old", middle + 10 * (number % 200)),
            ):
                yield {"event_name": name, "created_at": at, "id": contact}

    with Writer(server.port, token, arriving()) as writer:
        writer.wait_for_more(1)
        read = read_while_written(api, contact, writer, per_page=7)
        written = len(writer.acknowledged)
    assert_each_once(read, set(before))
    assert written >= len(before) // 7 * WRITES_PER_PAGE


@pytest.mark.parametrize("per_page", [1, 7, 50])
def test_fifty_names_in_one_second_keep_their_places(api, server, token, contact, per_page):
    """Page boundaries fall inside the second, and other names join it meanwhile."""
    second = int(time.time()) - 3 * DAY_S
    known = [f"{contact} known {number}" for number in range(200)]
    post_list(api, contact, [(name, second - 1_000) for name in known])
    # Every fourth of the known names: those that join later stand before, between and after.
    before = [(name, second) for name in known[::4]]
    assert len(before) == 50
    post_list(api, contact, before)

    def arriving() -> Iterator[dict]:
        fresh = (f"{contact} fresh {number}" for number in itertools.count())
        joining = itertools.chain(*zip(known, fresh, strict=False))
        for name in itertools.chain(joining, fresh):
            yield {"event_name": name, "created_at": second, "id": contact}

    with Writer(server.port, token, arriving()) as writer:
        read = read_while_written(api, contact, writer, per_page)
    assert_each_once(read, set(before) | {(name, second - 1_000) for name in known})


@pytest.mark.parametrize("per_page", [1, 150])
def test_polling_sees_every_new_event_exactly_once(api, server, token, contact, per_page):
    begin = int(time.time()) - 2 * DAY_S
    post_list(api, contact, [("before", begin - number) for number in range(1, 20)])
    arriving = (
        {"event_name": f"name {number % 3}", "created_at": begin + number, "id": contact}
        for number in range(POLLED_EVENTS)
    )
    since = api.page(contact, per_page=per_page)["pages"]["since"]
    polled: list[tuple[str, int]] = []
    with Writer(server.port, token, arriving) as writer:
        while True:
            last_look = writer.ended
            page = api.expect(200, "GET", f"{since}&per_page={per_page}")
            if not page["events"]:
                assert page["pages"]["since"] == since, "an empty page gives its since back"
                if last_look:
                    break
            since = page["pages"]["since"]
            fresh = [moment(event) for event in all_of(api, page)]
            assert not set(fresh) & set(polled), "polling repeated an event"
            polled += fresh
    assert len(writer.acknowledged) == POLLED_EVENTS
    assert sorted(polled) == sorted(writer.acknowledged)


def all_of(api: Api, page: dict) -> Iterator[dict]:
    """The events of this page and of those behind it, down to its `since`."""
    yield from page["events"]
    while page["pages"].get("next"):
        page = api.expect(200, "GET", page["pages"]["next"])
        yield from page["events"]
