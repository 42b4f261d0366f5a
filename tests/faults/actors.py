"""People who send, merge and delete on connections of their own, one request after the other, and
note on which connection each request went: so the log of the shim tells when it was answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field

from tests.crash.api import Api

Key = tuple[str, int]
"""(event name, second)."""
NAMES = ("did", "seen", "took")
OLD_S = 60 * 86_400
RECENT_S = 50_000
PAIRS = 6
"""Users of an actor, each with a lead that may become a part of it."""
Gone = (OSError, http.client.HTTPException)


@dataclass
class Act:
    """One thing that an actor asks for until it is answered well."""

    method: str
    target: str
    body: object
    good: tuple[int, ...]
    happens: Callable[[dict[str, set[Key]]], None]
    """What it does to the people (by mark) once it is done."""
    events: int = 0
    """How many it submits."""


class Line:
    """One connection, whose requests are counted; a 503 on it must say when to come again."""

    def __init__(self, run: int, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._connection.connect()
        self._where = (run, self._connection.sock.getsockname()[1])
        self._place = -1
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def next(self) -> tuple[int, int, int]:
        """(run, port, place) of the request that comes next."""
        self._place += 1
        return (*self._where, self._place)

    def call(self, act: Act) -> tuple[int, bytes]:
        body = json.dumps(act.body).encode() if act.body is not None else None
        self._connection.request(act.method, act.target, body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) >= 1, answer.headers.items()
        return answer.status, said

    def close(self) -> None:
        self._connection.close()


@dataclass
class Person:
    """A contact: its id, its external id, and whether it is there no more."""

    id: str
    mark: str
    is_gone: bool = False


@dataclass
class Actor:
    """One actor with its own people, so that what it did is known exactly at any moment."""

    number: int
    begun_at: int
    pairs: int = PAIRS
    people: list[tuple[Person, Person]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    attempts: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """(run, port, place on the connection) of a request: the number of its act."""
    answers: dict[int, int] = field(default_factory=dict)
    done: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.number)
        self._sent = 0

    def make_people(self, api: Api) -> None:
        for _ in range(self.pairs):
            self.make_pair(api)

    def make_pair(self, api: Api) -> tuple[Person, Person]:
        """One more user with a lead."""
        made = []
        for role in ("user", "lead"):
            mark = f"{role}-{self.number}-{len(self.people)}"
            made.append(Person(api.create_contact(role=role, external_id=mark), mark))
        self.people.append((made[0], made[1]))
        return self.people[-1]

    def submits(self) -> Act:
        """Events for somebody who is there."""
        living = [p for pair in self.people for p in pair if not p.is_gone]
        return self._submit(self._chance.choice(living))

    def sends(self, person: Person, count: int, again: int = 0, ago_s: int = 0) -> Act:
        """So many events of which nobody has had any, but for those that somebody had `again`."""
        begin = self.begun_at - ago_s - self._sent + again
        self._sent += count - again
        return self._send(person, [("new", begin - place) for place in range(count)])

    def merges(self) -> Act:
        """The next lead that is there becomes a part of its user."""
        return self.merges_two(*next(pair for pair in self.people if not pair[1].is_gone))

    def deletes(self) -> Act:
        """The last user that is there is deleted."""
        return self.deletes_one(next(u for u, _ in reversed(self.people) if not u.is_gone))

    @property
    def acknowledged(self) -> int:
        """The events of all that was answered well."""
        return sum(act.events for act in self.acts[: self.done])

    def live(self, run: int, port: int, token: str, stopping: threading.Event) -> None:
        """Ask for one thing after the other until the server is gone."""
        with suppress(*Gone), closing(Line(run, port, token)) as line:
            while not stopping.is_set():
                if self.ask(line) == 503:
                    time.sleep(0.01)

    def ask(self, line: Line, wanted: Callable[[], Act] | None = None) -> int:
        """Ask for the next thing, or for the last one again that was not answered well."""
        if self.done == len(self.acts):
            self.acts.append(wanted() if wanted else self._next())
        act = self.acts[self.done]
        self.attempts[line.next()] = self.done
        status, said = line.call(act)
        self._note(act, status, said)
        return status

    def _note(self, act: Act, status: int, said: bytes) -> None:
        self.answers[status] = self.answers.get(status, 0) + 1
        if status in act.good:
            self.done += 1
        elif status != 503:
            self.faults.append(f"{act.method} {act.target}: {status} {said[:200]!r}")
            self.done += 1

    def _next(self) -> Act:
        user, lead = self._chance.choice(self.people)
        throw = self._chance.random()
        if throw < 0.02 and not lead.is_gone and not user.is_gone:
            return self.merges_two(user, lead)
        if throw > 0.99 and not user.is_gone and sum(u.is_gone for u, _ in self.people) < 3:
            return self.deletes_one(user)
        return self.submits()

    def _submit(self, person: Person) -> Act:
        count = self._chance.randint(2, 25) if self._chance.random() < 0.2 else 1
        return self._send(person, [self._key() for _ in range(count)])

    def _send(self, person: Person, keys: list[Key]) -> Act:
        kind, value = ("id", person.id) if "lead" in person.mark else ("user_id", person.mark)
        events = [
            {"event_name": name, "created_at": at, kind: value, "metadata": {"note": name * 20}}
            for name, at in keys
        ]
        body = {"type": "event.list", "data": events} if len(keys) > 1 else events[0]

        def happens(people: dict[str, set[Key]]) -> None:
            people[person.mark].update(keys)

        return Act("POST", "/events", body, (202,), happens, len(keys))

    def _key(self) -> Key:
        if self._chance.random() < 0.05:
            return "old", self.begun_at - OLD_S + self._chance.randrange(RECENT_S)
        # Few enough seconds that some events are sent a second time, much later.
        return self._chance.choice(NAMES), self.begun_at - self._chance.randrange(RECENT_S)

    def merges_two(self, user: Person, lead: Person) -> Act:
        """The lead becomes a part of the user."""
        lead.is_gone = True

        def happens(people: dict[str, set[Key]]) -> None:
            people[user.mark] |= people.pop(lead.mark)

        body = {"from": lead.id, "into": user.id}
        return Act("POST", "/contacts/merge", body, (200,), happens)

    def deletes_one(self, user: Person) -> Act:
        """The user is deleted."""
        user.is_gone = True

        def happens(people: dict[str, set[Key]]) -> None:
            people.pop(user.mark)

        return Act("DELETE", f"/contacts/{user.id}", None, (200, 404), happens)


class Books:
    """What one actor may rely on at each moment of the log: all acts answered well by then, and of
    the one that was under way perhaps. Play it forward only."""

    def __init__(self, actor: Actor) -> None:
        self._acts = actor.acts
        self.sure: dict[str, set[Key]] = {
            person.mark: set() for pair in actor.people for person in pair
        }
        self.done = 0

    def acknowledge(self, act: int) -> None:
        while self.done <= act:
            self._acts[self.done].happens(self.sure)
            self.done += 1

    def events(self) -> int:
        return sum(len(keys) for keys in self.sure.values())

    def perhaps(self) -> dict[str, set[Key]]:
        """The same with the next act done too."""
        people = {mark: set(keys) for mark, keys in self.sure.items()}
        if self.done < len(self._acts):
            self._acts[self.done].happens(people)
        return people
