"""Webhooks over HTTP: notifications that really arrive, or do not, and what is said of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pastense.limits import DAY_S
from pastense.service.administration.workspaces import create_workspace
from pastense.store.relational.events import groups
from tests.support.inprocess import NOW, InProcess, Reply, in_process
from tests.support.receiver import SECRET, Received, Receiver

DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"
SCOPES = ("admin", "events:write", "events:read", "contacts:write", "contacts:read")


@dataclass
class Hooked:
    """A server, a receiver, and the calls between them that the tests make."""

    server: InProcess
    receiver: Receiver
    token: str

    def call(self, method: str, path: str, body: object = None, token: str = "") -> Reply:
        return self.server.call(method, path, body, token=token or self.token)

    def subscribe(self, *names: str, token: str = "", **fields: object) -> dict:
        body = {
            "topics": ["event.created"],
            "url": self.receiver.url,
            "hub_secret": SECRET,
            "metadata": {"event_names": names or ("did",)},
        }
        reply = self.call("POST", "/subscriptions", body | fields, token=token)
        assert reply.status == 200, reply
        return reply.json

    def send(self, *numbers: int, user: str = "u1", name: str = "did", **fields: object) -> None:
        """One event for each number, which becomes its time and its metadata."""
        for number in numbers:
            given = {"created_at": NOW - number, "metadata": {"n": number}, "user_id": user}
            reply = self.server.post_event(event_name=name, **(given | fields))
            assert reply.status == 202, reply

    def user(self, external_id: str, **fields: object) -> dict:
        body = {"role": "user", "external_id": external_id, **fields}
        reply = self.call("POST", "/contacts", body)
        assert reply.status == 200, reply
        return reply.json

    def count(self, name: str, token: str = "") -> int:
        reply = self.call("GET", "/pastense/v1/counters", token=token)
        return reply.json["counters"][name]

    def dead(self, subscription: dict, query: str = "") -> dict:
        reply = self.call("GET", f"/subscriptions/{subscription['id']}/error{query}")
        assert reply.status == 200, reply
        return reply.json


@pytest.fixture
def hooked(tmp_path: Path) -> Iterator[Hooked]:
    """A server that may reach the receiver on the loopback."""
    with (
        Receiver() as receiver,
        in_process(tmp_path, webhook_private_targets=True, webhook_timeout_s=1.0) as server,
    ):
        yield Hooked(server, receiver, server.make_token(*SCOPES))


def numbers(received: list[Received], user: str = "u1") -> list[int]:
    """The numbers that a user's events were sent with, in order of arrival."""
    return [one.item["metadata"]["n"] for one in received if one.item["user_id"] == user]


def test_an_event_arrives_with_its_contact_and_a_signature(hooked: Hooked) -> None:
    hooked.user("12", email="x@y.z")
    hooked.subscribe("invited-friend")
    hooked.send(3, user="12", name="invited-friend")
    hooked.send(4, user="12", name="something-else")
    [received] = hooked.receiver.wait_for_count(1)
    listed = hooked.server.listed("user_id=12")
    event = next(one for one in listed if one["event_name"] == "invited-friend")
    assert received.item == event
    assert received.is_signed()
    assert not received.is_signed("another secret")
    assert received.headers["content-type"] == "application/json"
    assert re.fullmatch(r"Pastense/\d+\.\d+\.\d+\S*", received.headers["user-agent"])
    said = received.json
    assert re.fullmatch(r"notif_[0-9a-f-]{36}", said["id"])
    assert (said["topic"], said["delivery_attempts"], said["first_sent_at"]) == (
        "event.created",
        1,
        NOW,
    )


def test_every_event_of_a_list_arrives_in_order_for_each_contact(hooked: Hooked) -> None:
    users = [f"v{number}" for number in range(5)]
    for user in users:
        hooked.user(user)
    hooked.subscribe()
    data = [
        {
            "event_name": "did",
            "created_at": NOW - (n * 37) % 1_000,
            "user": {"user_id": users[n % 5]},
            "metadata": {"n": n},
        }
        for n in range(300)
    ]
    body = {"type": "event.list", "data": data}
    assert hooked.call("POST", "/events", body).status == 202
    received = hooked.receiver.wait_for_count(300)
    for index, user in enumerate(users):
        assert numbers(received, user) == list(range(index, 300, 5))
    assert hooked.receiver.connections <= 4
    assert hooked.call("POST", "/events", body).status == 202, "duplicates"
    hooked.send(1_500)
    assert len(hooked.receiver.wait_for_count(301)) == 301


def test_without_the_outbox_nothing_arrives(hooked: Hooked, monkeypatch) -> None:
    """The control: what the other tests see comes through the hook in the group's write."""
    hooked.subscribe()
    monkeypatch.setattr(groups, "queue_deliveries", lambda *_: None)
    hooked.send(1)
    with pytest.raises(AssertionError, match="0 received"):
        hooked.receiver.wait_for(len, timeout_s=0.6)


def test_a_failed_delivery_is_tried_again_in_order_and_holds_up_no_other(hooked: Hooked) -> None:
    hooked.user("other")
    hooked.subscribe()
    hooked.receiver.judge(lambda item: 500 if item["user_id"] == "u1" else 200)
    hooked.send(1, 2)
    hooked.send(1, 2, user="other")
    hooked.receiver.wait_for_count(2)
    hooked.receiver.wait_for(lambda got: len(got) == 3)
    assert numbers(hooked.receiver.taken, "other") == [1, 2]
    waiting_for(lambda: hooked.count("webhook_attempts_failed") == 1)
    hooked.receiver.judge(lambda _: 200)
    hooked.server.clock.move(10)
    hooked.receiver.wait_for_count(4)
    mine = [one for one in hooked.receiver.received if one.item["user_id"] == "u1"]
    assert [(one.item["metadata"]["n"], one.status) for one in mine] == [
        *((1, 500), (1, 200), (2, 200)),
    ]
    first, again = mine[0].json, mine[1].json
    assert again["id"] == first["id"] != mine[2].json["id"]
    assert (again["delivery_attempts"], again["first_sent_at"]) == (2, NOW)
    assert (hooked.count("webhook_attempts_failed"), hooked.count("webhooks_dead")) == (1, 0)


def test_a_receiver_that_is_down_is_left_in_peace_and_gets_all_when_it_is_back(
    hooked: Hooked,
) -> None:
    users = [f"v{number}" for number in range(8)]
    for user in users:
        hooked.user(user)
    hooked.subscribe()
    hooked.receiver.down()
    for user in users:
        hooked.send(1, 2, user=user)
    waiting_for(lambda: hooked.count("webhook_attempts_failed") >= 2)
    failed = hooked.count("webhook_attempts_failed")
    assert failed <= 8, "one attempt per contact at the very most, then it is down"
    hooked.receiver.up()
    hooked.server.clock.move(60)
    received = hooked.receiver.wait_for_count(16)
    assert [numbers(received, user) for user in users] == [[1, 2]] * 8
    assert all(one.is_signed() for one in received)


def test_a_delivery_that_fails_for_a_day_is_dead_listed_and_may_be_tried_again(
    hooked: Hooked,
) -> None:
    subscription = hooked.subscribe()
    hooked.receiver.judge(lambda item: 503 if item["metadata"]["n"] in (1, 2) else 200)
    hooked.send(1, 2, 3)
    hooked.receiver.wait_for(len)
    hooked.server.clock.move(DAY_S + 1)
    hooked.receiver.wait_for_count(1)
    waiting_for(lambda: hooked.count("webhooks_dead") == 2)
    page = hooked.dead(subscription, "?per_page=1")
    [dead] = page["notifications"]
    assert page["total_count"] == 2
    assert (dead["problem"], dead["delivery_status"], dead["topic"]) == (
        "HTTP 503",
        "failed",
        "event.created",
    )
    listed = {event["metadata"]["n"]: event for event in hooked.server.listed()}
    facts = {name: listed[2][name] for name in ("type", "id", "event_name", "created_at")}
    assert dead["data"]["item"].items() >= facts.items()
    rest = hooked.call("GET", page["pages"]["next"]).json
    assert rest["notifications"][0]["data"]["item"]["id"] == listed[1]["id"]
    assert rest["pages"]["next"] is None
    hooked.receiver.judge(lambda _: 200)
    retry = hooked.call("POST", f"/subscriptions/{subscription['id']}/error/retry")
    assert retry.json == {"type": "notification_retry", "queued": 2, "left": 0}
    received = hooked.receiver.wait_for_count(3)
    assert numbers(received) == [3, 1, 2]
    assert hooked.dead(subscription)["total_count"] == 0


def test_a_redirect_is_a_failure_and_is_not_followed(hooked: Hooked) -> None:
    with Receiver() as elsewhere:
        hooked.receiver.extra_headers = {"Location": elsewhere.url}
        hooked.receiver.judge(lambda _: 302)
        subscription = hooked.subscribe()
        hooked.send(1)
        hooked.receiver.wait_for(len)
        ping = hooked.call("POST", f"/subscriptions/{subscription['id']}/ping").json["ping"]
        assert (ping["delivered"], ping["status"]) == (False, 302)
        assert "redirect" in ping["problem"]
        waiting_for(lambda: hooked.count("webhook_attempts_failed") == 1)
        assert elsewhere.connections == 0


def test_a_slow_receiver_is_left_after_its_time_and_others_go_on(hooked: Hooked) -> None:
    with Receiver() as quick:
        hooked.user("other")
        hooked.subscribe("slow")
        hooked.subscribe("quick", url=quick.url)
        release = hooked.receiver.hold()
        hooked.send(1, name="slow")
        hooked.receiver.wait_for_held(1)
        hooked.send(1, user="other", name="quick")
        quick.wait_for_count(1)
        waiting_for(lambda: hooked.count("webhook_attempts_failed") == 1)
        release()


def test_a_ping_says_how_the_receiver_answers(hooked: Hooked) -> None:
    subscription = hooked.subscribe(active=False)
    path = f"/subscriptions/{subscription['id']}/ping"
    reply = hooked.call("POST", path)
    ping = reply.json.pop("ping")
    assert reply.status == 200
    assert reply.json["id"] == subscription["id"]
    assert ping.pop("milliseconds") >= 0
    assert ping == {"delivered": True, "status": 200, "problem": None}
    [received] = hooked.receiver.received
    assert (received.json["topic"], received.item["type"]) == ("ping", "ping")
    assert received.is_signed()
    hooked.receiver.judge(lambda _: 418)
    assert hooked.call("POST", path).json["ping"]["problem"] == "HTTP 418"
    hooked.receiver.down()
    silent = hooked.call("POST", path).json["ping"]
    assert (silent["delivered"], silent["status"]) == (False, None)
    assert silent["problem"].startswith("no connection")


def test_another_workspace_gets_nothing_and_reads_nothing(hooked: Hooked) -> None:
    workspace = create_workspace(hooked.server.store.workspaces, hooked.server.clock, "Other")
    token = hooked.server.make_token(*SCOPES, workspace=workspace)
    with Receiver() as theirs:
        mine = hooked.subscribe()
        other = hooked.subscribe(token=token, url=theirs.url)
        hooked.send(1)
        hooked.receiver.wait_for_count(1)
        body = {"role": "user", "external_id": "u1"}
        assert hooked.call("POST", "/contacts", body, token=token).status == 200
        event = {"event_name": "did", "created_at": NOW, "user_id": "u1", "metadata": {"n": 9}}
        assert hooked.call("POST", "/events", event, token=token).status == 202
        assert numbers(theirs.wait_for_count(1)) == [9]
        assert numbers(hooked.receiver.received) == [1]
        hooked.send(2)
        hooked.receiver.wait_for_count(2)
        waiting_for(lambda: hooked.count("webhooks_delivered") == 2)
        waiting_for(lambda: hooked.count("webhooks_delivered", token) == 1)
    for method, rest in [
        *(("GET", ""), ("PUT", ""), ("POST", ""), ("DELETE", "")),
        *(("POST", "/ping"), ("GET", "/error"), ("POST", "/error/retry")),
    ]:
        reply = hooked.call(method, f"/subscriptions/{mine['id']}{rest}", {}, token=token)
        assert reply.error == (404, "not_found", "subscription_id")
    listed = hooked.call("GET", "/subscriptions", token=token).json["items"]
    assert [one["id"] for one in listed] == [other["id"]]


def test_what_waits_goes_to_the_new_url_with_the_new_secret(hooked: Hooked) -> None:
    subscription = hooked.subscribe()
    hooked.receiver.judge(lambda _: 500)
    hooked.send(1)
    hooked.receiver.wait_for(len)
    waiting_for(lambda: hooked.count("webhook_attempts_failed") == 1)
    with Receiver() as new:
        change = {"url": new.url, "hub_secret": "quite another secret"}
        assert hooked.call("PUT", f"/subscriptions/{subscription['id']}", change).status == 200
        hooked.server.clock.move(10)
        [received] = new.wait_for_count(1)
        assert received.is_signed("quite another secret")


def test_deliveries_of_a_deleted_person_and_subscription_are_not_sent(hooked: Hooked) -> None:
    contact, kept = hooked.user("gone"), hooked.subscribe()
    hooked.receiver.judge(lambda _: 500)
    hooked.send(1, user="gone")
    hooked.receiver.wait_for(len)
    waiting_for(lambda: hooked.count("webhook_attempts_failed") == 1)
    assert hooked.call("DELETE", f"/contacts/{contact['id']}").status == 200
    hooked.receiver.judge(lambda _: 200)
    hooked.server.clock.move(3_600)
    hooked.send(2)
    [received] = hooked.receiver.wait_for_count(1)
    assert received.item["user_id"] == "u1"
    hooked.receiver.judge(lambda _: 500)
    hooked.send(3)
    waiting_for(lambda: hooked.count("webhook_attempts_failed") == 2)
    assert hooked.call("DELETE", f"/subscriptions/{kept['id']}").status == 200
    waiting_for(lambda: table_is_empty(hooked, "deliveries"))
    waiting_for(lambda: table_is_empty(hooked, "subscriptions"))


def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    limits = {"webhook_private_targets": True}
    with Receiver() as receiver:
        with in_process(tmp_path, **limits) as server:
            hooked = Hooked(server, receiver, server.make_token(*SCOPES))
            hooked.subscribe()
            receiver.down()
            hooked.send(1, 2)
        receiver.up()
        with in_process(tmp_path, **limits) as server:
            server.clock.move(60)
            assert numbers(receiver.wait_for_count(2)) == [1, 2]


def test_secrets_bodies_and_persons_stay_out_of_the_log(hooked: Hooked, caplog) -> None:
    caplog.set_level("DEBUG")
    hooked.user("personal", email="personal@example.org")
    hooked.subscribe(url=hooked.receiver.url + "?key=personal")
    hooked.receiver.down()
    hooked.send(1, user="personal", metadata={"n": "personal"})
    hooked.send(1)
    waiting_for(lambda: hooked.count("webhook_attempts_failed") >= 2)
    assert "personal" not in caplog.text
    assert SECRET not in caplog.text


def waiting_for(condition) -> None:
    """Until it holds; the server works on it in its own threads."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def table_is_empty(hooked: Hooked, table: str) -> bool:
    """Whether a table of the store has no row."""
    statement = f"SELECT count(*) FROM {table}"
    return hooked.server.store._database.query(statement) == [(0,)]


def test_the_example_of_the_docs_verifies_a_real_notification(hooked: Hooked) -> None:
    """The example of docs/webhooks.md, run against what was really sent."""
    text = DOCS.read_text("utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict = {}
    exec(example, names)
    hooked.subscribe()
    hooked.send(1)
    [received] = hooked.receiver.wait_for_count(1)
    verify, header = names["is_from_pastense"], received.headers["x-hub-signature-256"]
    assert verify(received.body, header, SECRET)
    assert not verify(received.body + b" ", header, SECRET)
    assert not verify(received.body, header, "another secret")
    assert not verify(received.body, "", SECRET)
    assert json.loads(received.body)["topic"] == "event.created"
