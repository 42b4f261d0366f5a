"""The machine's clock goes ahead and back while a server runs: every event stays once, nothing is
answered with a 5xx, and what goes by the clock takes it up again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.crash.api import Api
from tests.faults.actors import Actor, Books
from tests.faults.power import Tally, look
from tests.faults.shim import LINUX, ONLY_LINUX, Behind, first_token
from tests.support.receiver import SECRET, Receiver

pytestmark = pytest.mark.skipif(not LINUX, reason=ONLY_LINUX)
DAY_S = 86_400
JUMPS_S = (DAY_S, -DAY_S, 90 * DAY_S, -90 * DAY_S, 0)
SCOPES = ("--scope", "admin", "--scope", "events:write", "--scope", "contacts:write")
PROGRAM = (str(Path(__file__).with_name("small_log.py")),)


def test_events_stay_once_while_the_clock_jumps_under_load(tmp_path):
    behind = Behind(tmp_path, keeps_log=False)
    server = behind.start(PROGRAM)
    token = first_token(server)
    # All of these lie in the past of every clock.
    actors = [Actor(number, int(time.time()) - 200 * DAY_S) for number in range(4)]
    with Api(server.port, token) as api:
        for actor in actors:
            actor.make_people(api)
    stopping = threading.Event()
    arguments = (1, server.port, token, stopping)
    threads = [threading.Thread(target=a.live, args=arguments) for a in actors]
    for thread in threads:
        thread.start()
    for jump_s in JUMPS_S:
        behind.control.set(clock_offset_s=jump_s)
        time.sleep(0.4)
    stopping.set()
    for thread in threads:
        thread.join()
    assert server.stop() == 0
    assert [actor.faults for actor in actors] == [[]] * 4
    assert {status for actor in actors for status in actor.answers} <= {200, 202}
    tally = Tally()
    books = [Books(actor) for actor in actors]
    for actor, book in zip(actors, books, strict=True):
        book.acknowledge(actor.done - 1)
    look(behind.path, books, tally, finish=True)
    assert sum(book.events() for book in books) > 100
    assert (tally.lost, tally.doubled, tally.wrong) == (0, 0, 0), tally.said


@pytest.fixture
def behind(tmp_path) -> Behind:
    return Behind(tmp_path, keeps_log=False)


def event(at: int, **fields: object) -> dict[str, object]:
    return {"event_name": "did", "created_at": at, "user_id": "u1", **fields}


def test_what_is_now_too_far_ahead_is_refused_and_taken_once_the_clock_is_right(behind):
    now = int(time.time())
    with behind.running() as server, Api(server.port, first_token(server)) as api:
        api.create_contact(role="user", external_id="u1")
        api.expect(202, "POST", "/events", event(now))
        behind.control.set(clock_offset_s=-90 * DAY_S)
        api.expect(400, "POST", "/events", event(now))
        api.expect(202, "POST", "/events", event(now - 90 * DAY_S))
        behind.control.set(clock_offset_s=90 * DAY_S)
        api.expect(202, "POST", "/events", event(now + 90 * DAY_S))
        behind.control.set(clock_offset_s=0)
        api.expect(202, "POST", "/events", event(now))
        summary = api.page(
            api.expect(200, "GET", "/users?user_id=u1").get("id", ""), summary="true"
        )
        assert [item["count"] for item in summary["events"]] == [3]


def allowed(port: int, token: str, calls: int) -> int:
    """How many of these calls are let through; the others are 429."""
    with Api(port, token) as api:
        answers = [api.call("GET", "/contacts")[0] for _ in range(calls)]
    assert set(answers) <= {200, 429}
    return answers.count(200)


def test_nobody_is_locked_out_by_windows_of_another_time(behind):
    """Ten calls are let through in a window. Each jump begins another; a window that was before
    may be counted anew, so a clock that is set lets at most a window more through."""
    with behind.running(PASTENSE_RATE_LIMIT_PER_MINUTE="60") as server:
        token = first_token(server)
        for jump_s in (0, *JUMPS_S):
            behind.control.set(clock_offset_s=jump_s)
            # A window may end in the middle.
            assert 10 <= allowed(server.port, token, 25) <= 20


def test_webhooks_go_on_when_the_clock_is_put_back_and_the_server_begins_anew(behind):
    """A server that was killed leaves the right to send behind, taken until some seconds later by
    a clock that was wrong; the next one must not wait until that comes."""
    private = {"PASTENSE_WEBHOOK_PRIVATE_TARGETS": "true"}
    now = int(time.time())
    with Receiver() as receiver:
        behind.control.set(clock_offset_s=90 * DAY_S)
        server = behind.start(env=private)
        token = server.token(*SCOPES)
        with Api(server.port, token) as api:
            api.create_contact(role="user", external_id="u1")
            body = {
                "topics": ["event.created"],
                "url": receiver.url,
                "hub_secret": SECRET,
                "metadata": {"event_names": ["did"]},
            }
            api.expect(200, "POST", "/subscriptions", body)
            api.expect(202, "POST", "/events", event(now - 1))
            receiver.wait_for_count(1)
        server.kill()
        behind.control.set(clock_offset_s=0)
        with behind.running(**private) as server, Api(server.port, token) as api:
            api.expect(202, "POST", "/events", event(now - 2))
            # At most the length of the lease later.
            receiver.wait_for_count(2, timeout_s=25)
            behind.control.set(clock_offset_s=-90 * DAY_S)
            api.expect(202, "POST", "/events", event(now - 100 * DAY_S))
            receiver.wait_for_count(3)


def test_what_a_retention_took_by_a_wrong_clock_stays_an_event(behind):
    """It loses its metadata, as that time had come by all the server knew. It is still counted,
    and sent again it is a duplicate."""
    now = int(time.time())
    with behind.running(PASTENSE_RETENTION_DAYS="30") as server:
        with Api(server.port, first_token(server)) as api:
            contact = api.create_contact(role="user", external_id="u1")
            api.expect(202, "POST", "/events", event(now - 5, metadata={"a": 1}))
            behind.control.set(clock_offset_s=90 * DAY_S)
            assert list(api.events(contact)) == []
            assert [i["count"] for i in api.page(contact, summary="true")["events"]] == [1]
            behind.control.set(clock_offset_s=0)
            api.expect(202, "POST", "/events", event(now - 5, metadata={"a": 2}))
            assert [i["count"] for i in api.page(contact, summary="true")["events"]] == [1]
