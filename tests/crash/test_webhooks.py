"""A receiver that is down for a while and a server that is killed meanwhile: nothing is lost."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.crash.api import Api
from tests.support.receiver import SECRET, Received, Receiver
from tests.support.server import RunningServer, start_server

ROOT = str(Path(__file__).parents[2])
QUICK = str(Path(__file__).with_name("quick_webhooks.py"))
NO_OUTBOX = str(Path(__file__).with_name("no_outbox.py"))
USERS = tuple(f"user-{number}" for number in range(6))
NAME = "did"
SCOPES = ("admin", "events:write", "contacts:write")


@dataclass
class Senders:
    """One thread for each user, which sends numbered events one after the other and repeats
    each until it is acknowledged: so the order of storing is the order of the numbers."""

    port: int
    token: str
    begun_at: int
    acknowledged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for user in USERS:
            thread = threading.Thread(target=self._send, args=(user,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)

    def wait_for(self, count: int) -> None:
        """Until each user has so many acknowledged events."""
        end = time.monotonic() + 20
        while min(self.acknowledged[user] for user in USERS) < count:
            assert time.monotonic() < end, dict(self.acknowledged)
            time.sleep(0.01)

    def _send(self, user: str) -> None:
        while not self._stopping.is_set():
            with suppress(OSError, http.client.HTTPException), Api(self.port, self.token) as api:
                while not self._stopping.is_set():
                    self._send_one(api, user)
            time.sleep(0.02)

    def _send_one(self, api: Api, user: str) -> None:
        number = self.acknowledged[user]
        body = {
            "event_name": NAME,
            "created_at": self.begun_at + number,
            "user_id": user,
            "metadata": {"n": number},
        }
        status, _ = api.call("POST", "/events", body)
        if status == 202:
            self.acknowledged[user] = number + 1
        time.sleep(0.005)


class Run:
    """One store, one receiver, a server that is started again and again."""

    def __init__(self, folder: Path, receiver: Receiver, program: str) -> None:
        self._database = f"sqlite:{folder}/pastense.db"
        self._receiver = receiver
        self._program = program
        self._begun_at = int(time.time()) - 100_000
        self.acknowledged: dict[str, int] = defaultdict(int)
        self.server = self.start()
        options = [word for scope in SCOPES for word in ("--scope", scope)]
        self._token = self.server.token(*options)
        with Api(self.server.port, self._token) as api:
            for user in USERS:
                api.create_contact(role="user", external_id=user)
            body = {
                "topics": ["event.created"],
                "url": receiver.url,
                "hub_secret": SECRET,
                "metadata": {"event_names": [NAME]},
            }
            assert api.call("POST", "/subscriptions", body)[0] == 200

    def start(self) -> RunningServer:
        self.server = start_server(
            self._database,
            env={"PASTENSE_WEBHOOK_PRIVATE_TARGETS": "true", "PYTHONPATH": ROOT},
            program=(self._program,),
        )
        return self.server

    def send(self, count: int, *, kill: bool) -> None:
        """Send for each user until `count` further events of each are acknowledged."""
        senders = Senders(self.server.port, self._token, self._begun_at, self.acknowledged)
        wanted = min(self.acknowledged[user] for user in USERS) + count
        senders.start()
        try:
            senders.wait_for(wanted)
            if kill:
                self.server.kill()
        finally:
            senders.stop()

    def events(self) -> set[tuple[str, int]]:
        """All that was acknowledged."""
        return {(user, number) for user in USERS for number in range(self.acknowledged[user])}

    def wait_for_all(self, timeout_s: float) -> None:
        wanted = self.events()
        self._receiver.wait_for(lambda _: wanted <= set(arrived(self._receiver.taken)), timeout_s)


def arrived(received: list[Received]) -> list[tuple[str, int]]:
    return [(one.item["user_id"], one.item["metadata"]["n"]) for one in received]


class Fussy:
    """Refuses every fifth event the first time that it sees it."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, int]] = set()

    def __call__(self, item: dict[str, Any]) -> int:
        key = (item["user_id"], item["metadata"]["n"])
        is_first = key not in self._seen
        self._seen.add(key)
        return 503 if is_first and key[1] % 5 == 0 else 200


def go_through(run: Run, receiver: Receiver) -> None:
    """Down while events come, killed while they wait, killed again while they are delivered."""
    receiver.judge(Fussy())
    run.send(10, kill=False)
    receiver.down()
    run.send(30, kill=True)
    run.start()
    before = len(receiver.taken)
    receiver.up()
    receiver.wait_for(lambda _: len(receiver.taken) >= before + 20)
    run.server.kill()
    run.start()
    run.send(10, kill=False)


def test_every_event_arrives_in_order_and_signed_although_both_go_down(tmp_path: Path) -> None:
    with Receiver() as receiver:
        run = Run(tmp_path, receiver, QUICK)
        try:
            go_through(run, receiver)
            run.wait_for_all(20)
        finally:
            run.server.stop()
        taken = receiver.taken
    first = list(dict.fromkeys(arrived(taken)))
    for user in USERS:
        numbers = [number for who, number in first if who == user]
        assert numbers == list(range(len(numbers))), "each contact's events in order"
        assert len(numbers) >= run.acknowledged[user] >= 50
    assert all(one.is_signed() for one in receiver.received)
    ids = defaultdict(set)
    for one in receiver.received:
        ids[one.item["user_id"], one.item["metadata"]["n"]].add(json.loads(one.body)["id"])
    assert {len(known) for known in ids.values()} == {1}, "an id is the same on every attempt"


def test_the_control_that_forgets_to_queue_is_caught(tmp_path: Path) -> None:
    """The same verification must see that nothing arrives, or it proves nothing."""
    with Receiver() as receiver:
        run = Run(tmp_path, receiver, NO_OUTBOX)
        try:
            run.send(5, kill=False)
            with pytest.raises(AssertionError, match="0 received"):
                run.wait_for_all(0.8)
        finally:
            run.server.stop()
