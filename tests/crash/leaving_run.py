"""Two servers on one file, killed at random while people are merged, deleted, erased and pruned
under load; the books say what must be there, the files what must not.
"""

from __future__ import annotations

import http.client
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tests.crash.api import Api
from tests.crash.people import Books, Key, Person
from tests.crash.verify import read_summary, recount
from tests.support.server import RunningServer, run_pastense, start_server

PROGRAM = str(Path(__file__).with_name("small_steps.py"))
ROOT = str(Path(__file__).parents[2])
SCOPES = ("admin", "events:read", "events:write", "contacts:read", "contacts:write")
NAMES = ("did", "seen", "took")
DAY_S = 86_400
RECENT_S = 3_000
OLD_S = 60 * DAY_S
LARGE, SMALL = 150, 40
KILL_AFTER_MAX_S = 0.8
END_S = 60.0
LEFT = """
SELECT (SELECT count(*) FROM moves) + (SELECT count(*) FROM erasures)
  + (SELECT wanted + next_page FROM scrub)
"""
WRONG = {
    "events of nobody": """
        SELECT count(*) FROM events WHERE contact NOT IN (SELECT number FROM contacts)""",
    "deliveries of nobody": """
        SELECT count(*) FROM deliveries WHERE contact NOT IN (SELECT number FROM contacts)""",
    "summaries of nobody": """
        SELECT count(*) FROM summaries WHERE contact NOT IN (SELECT number FROM contacts)""",
    "old metadata": """
        SELECT count(*) FROM events e JOIN event_names n USING (slot)
        WHERE n.name = 'old' AND e.metadata IS NOT NULL""",
    "counts of names": """
        SELECT count(*) FROM event_names n
        WHERE n.count <> (SELECT count(*) FROM events e WHERE e.slot = n.slot)""",
}
Gone = (OSError, http.client.HTTPException)


class LeavingRun:
    """One store, its books, and two servers that are started again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.path = folder / "pastense.db"
        self.books = Books()
        self.kills = 0
        self._chance = random.Random(seed)
        self._begun_at = int(time.time())
        self._servers: list[RunningServer] = [self._start()]
        self._servers.append(self._start())
        words = [word for scope in SCOPES for word in ("--scope", scope)]
        self._token = self._servers[0].token(*words)
        with self.api() as api:
            body = {
                "topics": ["event.created"],
                "url": "http://127.0.0.1:9/hook",
                "metadata": {"event_names": ["took"]},
            }
            api.expect(200, "POST", "/subscriptions", body)

    def _start(self) -> RunningServer:
        env = {"PASTENSE_WEBHOOK_PRIVATE_TARGETS": "true", "PYTHONPATH": ROOT}
        return start_server(f"sqlite:{self.path}", env=env, program=(PROGRAM,))

    def api(self, number: int | None = None) -> Api:
        """A connection to one of the servers."""
        server = self._servers[self._chance.randrange(2) if number is None else number]
        return Api(server.port, self._token)

    def cycle(self, number: int) -> None:
        """New people live, some become one, some go; servers are killed meanwhile."""
        people = self._people(number)
        stopping = threading.Event()
        actors = [
            *(lambda n=n: self._write(people, stopping, n) for n in range(3)),
            *(lambda n=n: self._read(people, stopping, n) for n in range(2)),
            lambda: self._part(people),
        ]
        threads = [threading.Thread(target=self._act, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        self._kill_some()
        threads[-1].join()
        stopping.set()
        for thread in threads:
            thread.join()

    def _act(self, actor: Callable[[], None]) -> None:
        try:
            actor()
        except Exception as error:
            self.books.blame(f"an actor broke: {error!r}")

    def _people(self, number: int) -> list[Person]:
        """Leads large and small, a visitor and users, with a past; also with old events that a
        retention then prunes."""
        roles = ["lead", "lead", "lead", "visitor", "user", "user", "user"]
        made = []
        with self.api() as api:
            api.expect(200, "PUT", "/pastense/v1/workspace", {"settings": {"retention_days": 0}})
            for index, role in enumerate(roles):
                mark = f"mark{number:04d}q{index}"
                fields = {"external_id": f"{mark}-ext", "email": f"{mark}@example.org"}
                if role == "visitor":
                    body = {"user_id": fields["external_id"]}
                    found = api.expect(200, "POST", "/pastense/v1/visitors", body)["id"]
                else:
                    found = api.create_contact(role=role, **fields)
                made.append(self.books.add(found, role, mark))
            for person in made:
                size = self._chance.choice([LARGE, SMALL])
                self._submit(api, person, [self._key() for _ in range(size)])
                old = self._begun_at - OLD_S
                self._submit(api, person, [("old", old + n) for n in range(30)])
            api.expect(200, "PUT", "/pastense/v1/workspace", {"settings": {"retention_days": 30}})
        return made

    def _key(self) -> Key:
        return self._chance.choice(NAMES), self._begun_at - self._chance.randrange(RECENT_S)

    def _submit(self, api: Api, person: Person, keys: list[Key]) -> None:
        keys = list(dict.fromkeys(keys))
        kind, value = self._chance.choice(person.names)
        copies = self.books.note_sent(person, keys)
        events = [
            {
                "event_name": name,
                "created_at": at,
                kind: value,
                "metadata": {"serial": copies[name, at], "mark": person.mark},
            }
            for name, at in keys
        ]
        status, answer = api.call("POST", "/events", {"data": events})
        self.books.note_answer(status)
        if status == 202:
            self.books.note_acknowledged(person, keys)
        elif status != 503 and not person.is_gone:
            self.books.blame(f"{status} {answer} for {person.mark}")

    def _write(self, people: list[Person], stopping: threading.Event, seed: int) -> None:
        """Submit for everybody, half of it again what was sent before."""
        chance = random.Random(seed)
        while not stopping.is_set():
            with suppress(*Gone), self.api() as api:
                while not stopping.is_set():
                    person = chance.choice(people)
                    again = chance.sample(sorted(person.sent), min(3, len(person.sent)))
                    again = [key for key in again if key[0] != "old"]
                    fresh = [self._key() for _ in range(chance.randint(1, 4))]
                    self._submit(api, person, [*again, *fresh])
            time.sleep(0.02)

    def _read(self, people: list[Person], stopping: threading.Event, seed: int) -> None:
        """Whoever is asked for by whichever id: never less than what was acknowledged."""
        chance = random.Random(seed)
        while not stopping.is_set():
            with suppress(*Gone), self.api() as api:
                while not stopping.is_set():
                    self._look(api, chance.choice(people))
            time.sleep(0.02)

    def _look(self, api: Api, person: Person) -> None:
        known = self.books.known(person)
        try:
            counted = read_summary(api, person.id)
            listed = [(e["event_name"], e["created_at"]) for e in api.events(person.id)]
        except AssertionError as error:
            if not person.is_gone and " 503 " not in str(error):
                self.books.blame(f"{person.mark}: {error}")
            return
        if person.is_gone:
            return
        self.books.reads += 1
        if len(set(listed)) < len(listed):
            self.books.blame(f"{person.mark}: an event was listed twice")
        if less := {key for key in known if key[0] != "old"} - set(listed):
            self.books.blame(f"{person.mark}: {len(less)} of {len(known)} were not listed")
        for name in {key[0] for key in known}:
            if counted.get(name, (0,))[0] < sum(key[0] == name for key in known):
                self.books.blame(f"{person.mark}: {name} was counted too low: {counted}")

    def _part(self, people: list[Person]) -> None:
        """Merges, some asked for twice at once, a chain among them, and deletions."""
        first, second, third, visitor, one, two, three = people
        self._chance.shuffle(pairs := [(first, one), (second, one), (visitor, third)])
        for source, target in pairs:
            self._merge_twice(source, target)
        self._merge_twice(third, two)
        for person in self._chance.sample([one, two, three], 2):
            person.is_deleted = True
            self._until_done("DELETE", f"/contacts/{person.id}", None, (200, 404))
            time.sleep(self._chance.random() * 0.1)

    def _merge_twice(self, source: Person, target: Person) -> None:
        body = {"from": source.id, "into": target.id}
        call = ("POST", "/contacts/merge", body, (200,))
        twin = threading.Thread(target=self._until_done, args=call)
        twin.start()
        self._until_done(*call)
        source.became = target
        twin.join()

    def _until_done(self, method: str, target: str, body: object, good: tuple[int, ...]) -> None:
        """Ask until it is answered, by whichever server."""
        while True:
            with suppress(*Gone), self.api() as api:
                status, answer = api.call(method, target, body)
                self.books.note_answer(status)
                if status in good:
                    return
                if status != 503:
                    self.books.blame(f"{method} {target}: {status} {answer}")
                    return
            time.sleep(0.02)

    def _kill_some(self) -> None:
        """One server or both, at some moment, and start them again at once."""
        time.sleep(self._chance.random() * KILL_AFTER_MAX_S)
        numbers = self._chance.choice([(0,), (1,), (0, 1)])
        for number in numbers:
            self._servers[number].kill()
            self.kills += 1
            broken = [line for line in self._servers[number].errors if "broke" in line]
            self.books.faults += broken
        for number in numbers:
            self._servers[number] = self._start()

    def finish(self) -> None:
        """Let everything come to its end, and stop the servers cleanly."""
        end = time.monotonic() + END_S
        while self.rows(LEFT) != [(0,)]:
            assert time.monotonic() < end, f"it was not finished: {self.rows(LEFT)}"
            with self.api() as api:  # A merge with nobody wakes whoever does the work.
                api.call("POST", "/contacts/merge", {"from": "0" * 24, "into": "0" * 24})
            time.sleep(0.1)

    def verify(self) -> None:
        """Everybody who is left, against the books; who is gone, against the files."""
        with self.api() as api:
            for person, parts in self.books.living().items():
                self._verify(api, person, parts)
        for what, statement in WRONG.items():
            if (found := self.rows(statement)) != [(0,)]:
                self.books.blame(f"{what}: {found}")
        if self.rows("PRAGMA integrity_check") != [("ok",)]:
            self.books.blame("the file is damaged")
        checked = run_pastense("check", "--database", f"sqlite:{self.path}")
        if checked.returncode or "still" in checked.stdout:
            self.books.blame(f"check said: {checked.stdout} {checked.stderr}")
        if traces := self.traces():
            self.books.blame(f"traces of {traces}")

    def _verify(self, api: Api, person: Person, parts: list[Person]) -> None:
        wanted = {key for part in parts for key in self.books.known(part)}
        sent: dict[Key, set[int]] = {}
        for part in parts:
            for key, serials in part.sent.items():
                sent.setdefault(key, set()).update(serials)
        summaries = [read_summary(api, part.id) for part in parts]
        for part, counted in zip(parts, summaries, strict=True):
            listed = list(api.events(part.id))
            keys = [(event["event_name"], event["created_at"]) for event in listed]
            old = counted.pop("old", (0,))[0]
            fresh = {key for key in wanted if key[0] != "old"}
            faults = {
                "lost": fresh - set(keys),
                "doubled": len(keys) - len(set(keys)),
                "never sent": set(keys) - set(sent),
                "counted": counted != recount(listed),
                "old": old - len({key for key in sent if key[0] == "old"}),
                "copies": {
                    key
                    for key, event in zip(keys, listed, strict=True)
                    if event["metadata"]["serial"] not in sent.get(key, ())
                },
            }
            for name, found in faults.items():
                if found:
                    self.books.blame(f"{person.mark} as {part.mark}: {name}: {str(found)[:200]}")

    def rows(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()

    def traces(self) -> list[str]:
        """Whose marks stand in the files although they are gone."""
        content = b"".join(path.read_bytes() for path in self.folder.iterdir()).lower()
        return [mark for mark in self.books.marks_of_gone() if mark.encode() in content]

    def end(self) -> None:
        """Whatever happened, no server is left."""
        for server in self._servers:
            if server.process.poll() is None:
                server.kill()
