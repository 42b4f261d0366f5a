"""An older server goes on while a newer program migrates beside it; what must wait for its end
waits. Real processes, on every store."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pastense.store.sqlite.alone import file_id
from pastense.store.sqlite.held_file import held_file, other_process
from tests.store.newer_schema import FIRST, Place, place
from tests.support.newer import program
from tests.support.server import RunningServer, run_pastense, start_server
from tests.support.waiting import wait_until

PRE = "ALTER TABLE contacts ADD COLUMN planted INTEGER;\nCREATE INDEX planted_i ON contacts (id);"
POST = "ALTER TABLE contacts DROP COLUMN planted;"
"""Something that an older server would feel if it knew the column."""
WAITS = {"sqlite": "waits: process ", "postgresql": "waits: an older Pastense, which knows "}


@pytest.fixture(params=["sqlite", "postgresql"])
def spot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place(request.param, tmp_path) as found:
        found.plant(n0101_first=FIRST, n0102_pre=PRE.replace("_i", f"_{request.param}"))
        found.plant(n0103_drop_post=POST)
        yield found


class Sender:
    """Sends events to a server, one after the other, and notes each that was not answered 202."""

    def __init__(self, server: RunningServer, token: str) -> None:
        self.accepted = 0
        self.refused: list[int] = []
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._call("POST", "/contacts", {"role": "user", "external_id": "u"})

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def go_on(self, events: int) -> None:
        """Return once so many more were accepted."""
        wanted = self.accepted + events
        wait_until(lambda: self.accepted >= wanted or bool(self.refused))
        assert self.refused == []

    def count(self) -> int:
        """What the server says it has of them."""
        path = "/events?type=user&user_id=u&summary=true"
        return json.loads(self._call("GET", path)[1])["events"][0]["count"]

    def _run(self) -> None:
        now = int(time.time())
        while not self._over.is_set():
            body = {"event_name": "did", "created_at": now - self.accepted, "user_id": "u"}
            status, _ = self._call("POST", "/events", body)
            if status == 202:
                self.accepted += 1
            else:
                self.refused.append(status)
            time.sleep(0.005)

    def _call(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._server.port, 20)) as connection:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read()


@contextmanager
def serving(spot: Place, *options: str, **more: object) -> Iterator[RunningServer]:
    server = start_server(spot.address, *options, own_group=True, **more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill_group()


def token_of(server: RunningServer) -> str:
    return next(line for line in server.printed if line.startswith("Token: ")).split()[1]


def test_an_older_server_serves_on_and_post_migrations_wait_for_its_end(spot):
    with serving(spot) as server, Sender(server, token_of(server)) as sender:
        sender.go_on(20)
        code, output, errors = spot.run("migrate")
        assert code == 0, errors
        assert "Applied migration 102 (pre) in " in output
        assert "Migration 103 (drop, post) waits: " in output
        assert "is ready for this version. What waits is applied by" in output
        assert spot.applied() == [(101, "first"), (102, "pre")]
        sender.go_on(20)
        status = spot.run("migrate", "--status")[1]
        assert WAITS[spot.kind] in status.splitlines()[-1]
        refused = run_pastense("check", "--database", spot.address)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1 + warnings(spot))
        assert "was written by a newer Pastense (migration 102; this program" in refused.stderr
        sender.go_on(20)
        sender.__exit__()
        assert sender.count() == sender.accepted
        assert server.stop() == 0
    code, output, errors = spot.run("migrate")
    assert code == 0, errors
    assert output.endswith("is up to date.\n")
    assert spot.applied()[-1] == (103, "drop.post")


def warnings(spot: Place) -> int:
    """The tests' own database server does not wait for its disk, which each start says."""
    return int(spot.kind == "postgresql")


def test_a_newer_server_applies_what_waited_once_the_older_one_has_ended(spot):
    with serving(spot) as older:
        with serving(spot, program=program(spot.folder)) as newer:
            with Sender(newer, token_of(older)) as sender:
                said = "Migration 103 (drop, post) waits: "
                wait_until(lambda: said in "".join(newer.errors))
                assert spot.applied()[-1] == (102, "pre")
                sender.go_on(10)
                assert older.stop() == 0
                wait_until(lambda: spot.applied()[-1] == (103, "drop.post"))
                sender.go_on(10)
            assert sender.count() == sender.accepted
            assert "".join(newer.errors).count(said) == 1, "said once, not at each look"
            assert newer.stop() == 0


def test_a_worker_that_is_replaced_goes_on_until_a_post_migration(tmp_path):
    with place("postgresql", tmp_path) as spot, serving(spot, "--workers", "2") as server:
        spot.plant(n0101_first=FIRST, n0103_drop_post=POST, n0102_pre=PRE)
        wait_until(lambda: len(server.workers()) == 2)
        assert spot.run("migrate")[0] == 0
        first = server.workers()
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(set(server.workers()) - {first[0]}) == 2)
        with Sender(server, token_of(server)) as sender:
            sender.go_on(20)
        assert "cannot begin" not in "".join(server.errors)
        assert spot.applied()[-1] == (102, "pre")


def test_another_process_with_the_file_open_is_seen_and_our_own_connections_are_not(tmp_path):
    path = tmp_path / "p.db"
    open_it = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('SELECT * FROM t')"
    with closing(sqlite3.connect(path)) as mine:
        mine.execute("PRAGMA journal_mode = WAL")
        mine.execute("CREATE TABLE t (x)")
        found = file_id(path)
        assert found is not None
        file = held_file(path, found)
        assert other_process(file) is None
        with running_python(f"{open_it}.fetchall(); print(flush=True); input()") as process:
            assert other_process(file) == process.pid
        assert other_process(file) is None


@contextmanager
def running_python(program_text: str):
    """A process that has printed a line and waits."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program_text], **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.communicate(b"\n")
