"""A person who left traces everywhere is deleted: nothing of it stays in any file or in the log
lines. Real servers, webhooks, bulk calls, merges, retention; then a search byte by byte.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.crash.api import Api
from tests.support.server import RunningServer, start_server

ROOT = str(Path(__file__).parents[2])
QUICK = str(Path(__file__).parents[1] / "crash" / "quick_webhooks.py")
SILENT = "http://127.0.0.1:9/hook"
SCOPES = ("admin", "events:read", "events:write", "contacts:read", "contacts:write")
DAY_S = 86_400
WAIT_S = 20.0
FIRST = {
    "role": "user",
    "external_id": "zq01-id",
    "email": "Zq02-Mail@example.org",
    "name": "Zq03 Name",
    "phone": "zq04",
    "avatar": "https://example.org/zq05",
    "custom_attributes": {"plan": "zq06"},
}
SECOND = {"external_id": "zq07-id", "email": "zq08@example.org", "name": "zq09"}
LEAD = {"role": "lead", "external_id": "zq10-id", "email": "zq11@example.org", "name": "zq12"}
VISITOR = {"user_id": "zq13-id", "name": "zq14"}
REFUSED = ({"user_id": "zq01-id"}, {"email": "zq02-mail@example.org"}, {"email": SECOND["email"]})
WORDS = [f"zq{number:02d}" for number in range(1, 23)]
"""All that is told of the person. 15 to 19 are metadata, 20 to 22 in refused items."""
LEFT = """
SELECT (SELECT count(*) FROM moves) + (SELECT count(*) FROM erasures)
  + (SELECT wanted + next_page FROM scrub)
"""


class Place:
    """One folder with a store, and one server after the other on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "pastense.db"
        self.logged: list[str] = []
        self.token = ""

    @contextmanager
    def serving(self, **settings: object) -> Iterator[Api]:
        env = {f"PASTENSE_{name.upper()}": str(value) for name, value in settings.items()}
        env |= {"PASTENSE_WEBHOOK_PRIVATE_TARGETS": "true", "PYTHONPATH": ROOT}
        server = start_server(f"sqlite:{self.path}", env=env, program=(QUICK,))
        try:
            self.token = self.token or self._token(server)
            with Api(server.port, self.token) as api:
                yield api
        finally:
            assert server.stop() == 0
            self.logged += server.printed + server.errors

    def _token(self, server: RunningServer) -> str:
        return server.token(*(word for scope in SCOPES for word in ("--scope", scope)))

    def rows(self, statement: str, *parameters: object) -> list[tuple]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement, parameters).fetchall()

    def wait(self, statement: str, wanted: Callable[[int], bool]) -> None:
        """Until the one number that the statement finds is as wanted."""
        end = time.monotonic() + WAIT_S
        while not wanted(found := self.rows(statement)[0][0]):
            assert time.monotonic() < end, f"{statement}: {found}"
            time.sleep(0.02)

    def traces(self, words: list[str]) -> list[str]:
        """Which words stand in any file, or in what the servers said."""
        content = b"".join(path.read_bytes() for path in sorted(self.folder.iterdir()))
        content = (content + "".join(self.logged).encode()).lower()
        return [word for word in words if word.lower().encode() in content]


def event(person: str, seconds_ago: int, mark: str, **more: object) -> dict:
    at = int(time.time()) - seconds_ago
    return {"event_name": "did", "created_at": at, "id": person, "metadata": {"key": mark}} | more


def submit(api: Api, *events: dict) -> None:
    api.expect(202, "POST", "/events", {"data": list(events)})


def live(api: Api) -> list[str]:
    """A life: changed, converted, merged, refused, never reached. The ids it had, and that
    of somebody else."""
    others = [api.create_contact(external_id=f"other-{n}") for n in range(20)]
    for other in others:
        submit(api, *(event(other, n * 997, "nothing") for n in range(100)))
    user, lead = api.create_contact(**FIRST), api.create_contact(**LEAD)
    visitor = api.expect(200, "POST", "/pastense/v1/visitors", VISITOR)["id"]
    submit(api, *(event(user, 60 * DAY_S + n, f"zq15-{n:03d}") for n in range(300)))
    for number, (person, mark) in enumerate(((user, "zq16"), (lead, "zq17"), (visitor, "zq18"))):
        submit(api, *(event(person, number + n * 991, mark + "x" * n) for n in range(300)))
    item = {"count": 3, "first": 1_000_000_000, "last": 1_000_000_001, "event_name": "did"}
    api.expect(200, "POST", "/events/summaries", {"id": user, "event_summaries": [item]})
    tag = api.expect(200, "POST", "/tags", {"name": "kept", "users": [{"id": user}]})
    assert tag["name"] == "kept"
    refuse(api, *REFUSED, {"id": user}, {"id": lead}, {"user_id": LEAD["external_id"]})
    refuse(api, {"email": LEAD["email"]}, {"user_id": VISITOR["user_id"]})
    api.expect(200, "PUT", f"/contacts/{user}", SECOND)
    body = {"visitor": {"id": visitor}, "type": "lead", "user": {"id": lead}}
    api.expect(200, "POST", "/visitors/convert", body)
    return [user, lead, visitor, others[0]]


def refuse(api: Api, *people: dict) -> None:
    """Bulk items that are refused, kept for a day as they were sent."""
    marks = {"metadata": {"a": "zq20", "b": {"c": "zq21"}}, "other": "zq22"}
    items = [
        {"method": "post", "data_type": "event", "data": {"event_name": "did", **who, **marks}}
        for who in people
    ]
    api.expect(202, "POST", "/bulk/events", {"items": items})


def die(place: Place, api: Api, user: str, lead: str) -> None:
    """The last things that happen to the person; then it is deleted."""
    api.expect(200, "POST", "/contacts/merge", {"from": lead, "into": user})
    submit(api, *(event(lead, n, f"zq19-{n}") for n in range(50)))
    for target in (f"/events?type=user&user_id={SECOND['external_id']}", f"/contacts/{lead}"):
        api.call("GET", target)
    api.call("POST", "/events", {"event_name": "did", "email": FIRST["email"]})
    api.call("POST", "/contacts", FIRST | {"role": "zq03"})
    place.wait("SELECT count(*) FROM deliveries WHERE dead_at IS NULL", lambda n: n >= 50)
    place.wait("SELECT count(*) FROM events WHERE metadata IS NULL", lambda n: n >= 300)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_nothing_of_a_person_stays_anywhere(place: Place) -> None:
    with place.serving(webhook_retry_max_s=1) as api:
        body = {"topics": ["event.created"], "url": SILENT, "metadata": {"event_names": ["did"]}}
        api.expect(200, "POST", "/subscriptions", body)
        user, lead, visitor, other = live(api)
        place.wait("SELECT count(*) FROM deliveries WHERE dead_at > 0", lambda n: n >= 900)
        words = [*WORDS, user, lead, visitor]
        found = set(place.traces(words))
    with place.serving(retention_days=30) as api:
        die(place, api, user, lead)
        found |= set(place.traces(words))
        assert found == set(words), "the control: the search finds what is there"
        api.expect(200, "DELETE", f"/contacts/{user}")
        place.wait(LEFT, lambda left: left == 0)
        for old in (user, lead, visitor):
            assert api.call("GET", f"/events?type=user&intercom_user_id={old}")[0] == 404
        assert len(list(api.events(other))) == 100
        assert place.traces(words) == [], "beside the running server"
    assert place.rows("SELECT count(*) FROM job_errors") == [(0,)]
    assert place.rows("SELECT count(*) FROM tombstones")[0][0] >= 7
    assert place.traces(words) == []
