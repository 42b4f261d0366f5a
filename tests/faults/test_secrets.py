"""Secrets stay where they belong: no token, webhook secret, password or metadata in a log, on
standard error, in an error or on a page that anybody but their owner reads.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from pastense.clock import ManualClock
from pastense.service.administration.access import SCOPES
from pastense.store.address import shown_address
from pastense.store.base import StoreRefused
from pastense.store.opening import open_store
from pastense.web.app import OPERATIONS
from tests.faults.hostile_texts import places
from tests.support.inprocess import NOW, InProcess, Reply, in_process
from tests.support.postgresql import shared_server
from tests.support.receiver import Receiver
from tests.support.server import run_pastense, running_server

HUB = "hubsecret-51c2e0f7a9"
PRIVATE = "metadata-7be1d0c3aa"
PASSWORD = "pa55word-9f27c1"
PAGES = (
    *("/healthz", "/readyz", "/openapi.json", "/me", "/pastense/v1/counters", "/counts"),
    *("/pastense/v1/refusals", "/pastense/v1/audit", "/pastense/v1/tokens", "/subscriptions"),
    *("/pastense/v1/workspace", "/pastense/v1/event_names", "/data_attributes", "/tags"),
)
"""What is read by others than those whose secrets there are, or shown on a screen."""


class Everything(logging.Handler):
    """Keeps all that any part of the program logs, with its tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(self.format(record))


@dataclass
class Watched:
    """A server, all that it logs, and the secrets that it was told."""

    server: InProcess
    log: Everything
    folder: Path
    secrets: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    errors: list[tuple[str, Reply]] = field(default_factory=list)

    def found_in(self, text: str) -> list[str]:
        """Which secrets stand in a text."""
        return [name for name, secret in self.secrets.items() if secret in text]


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Iterator[Watched]:
    """Every operation was called with secrets in it, right and wrong; a webhook was delivered."""
    folder, log = tmp_path_factory.mktemp("watched"), Everything()
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    with Receiver() as receiver, in_process(folder, webhook_private_targets=True) as server:
        server.secret = server.make_token(*SCOPES)
        secrets = {"token": server.secret, "hub_secret": HUB, "metadata": PRIVATE}
        watched = Watched(server, log, folder, secrets)
        fill(watched, receiver)
        call_everything(watched)
        yield watched
    root.setLevel(level)
    root.removeHandler(log)


def fill(watched: Watched, receiver: Receiver) -> None:
    """Somebody with a private event that is delivered, somebody else to be called about, and a
    receiver that is not there."""
    call = watched.server.call
    call("POST", "/contacts", {"role": "user", "external_id": "ada"})
    user = call("POST", "/contacts", {"role": "user", "external_id": "bob"}).json["id"]
    for url in (receiver.url, "http://127.0.0.1:9/closed"):
        hook = {"url": url, "topics": ["event.created"], "hub_secret": HUB}
        made = call("POST", "/subscriptions", hook | {"metadata": {"event_names": ["paid"]}})
        assert (made.status, made.json["hub_secret"]) == (200, HUB), "shown this once"
    event = {"event_name": "paid", "created_at": NOW, "user_id": "ada"}
    assert call("POST", "/events", event | {"metadata": {"card": PRIVATE}}).status == 202
    receiver.wait_for_count(1)
    assert PRIVATE in receiver.received[0].body.decode(), "the receiver is who may have it"
    ids = dict.fromkeys(("contact_id", "user_id"), user) | {"event_name": "paid"}
    watched.ids = ids | {"external_id:path": "bob", "subscription_id": made.json["id"]}


def call_everything(watched: Watched) -> None:
    """Each operation with its examples, once as it should be and then with a token, a webhook
    secret or private metadata where none belongs."""
    kinds = {"value", "query", "path", "header"}
    for place in places():
        ids = {"job_id": "job_0", "visitor_id": "0" * 24, "tag_id": "9", "token_id": "999"}
        ids |= {"data_attribute_id": "99", "segment_id": "0" * 24} | watched.ids
        if place.where not in kinds or place.label.startswith("DELETE /pastense/v1/tokens"):
            continue
        target, body, headers = place.request("odd", ids)
        sent = json.loads(body) if body else None
        if isinstance(sent, dict):
            sent |= {"metadata": {"card": PRIVATE}, "hub_secret": HUB, "token": HUB}
        reply = watched.server.call(place.method, target, sent, headers)
        assert reply.status < 500, (place, reply)
        if reply.status >= 400:
            watched.errors.append((place.label, reply))


def test_every_operation_was_refused_at_least_once(watched: Watched) -> None:
    """What follows looks at refusals: so there have to be some, of every operation."""
    open_ones = {"GET /healthz", "GET /readyz", "GET /openapi.json"}
    every = {f"{operation.method} {operation.path}" for operation in OPERATIONS}
    silent = every - {label for label, _ in watched.errors} - open_ones
    assert silent <= {"DELETE /pastense/v1/tokens/{token_id}"}, silent


def test_no_error_repeats_a_secret(watched: Watched) -> None:
    told = [(label, watched.found_in(repr(reply))) for label, reply in watched.errors]
    assert [one for one in told if one[1]] == []


def test_no_log_line_repeats_a_secret(watched: Watched) -> None:
    assert watched.log.lines, "something was logged"
    assert [line for line in watched.log.lines if watched.found_in(line)] == []


@pytest.mark.parametrize(
    "authorization", ["Bearer {}", "Basic {}", "Token {}", "{}", "Bearer {} x"]
)
def test_a_token_that_is_refused_is_not_repeated(watched: Watched, authorization: str) -> None:
    wrong = "pst_" + "5e" * 24
    for path in ("/me", f"/contacts/{wrong}", f"/events?type=user&token={wrong}", "/nowhere"):
        reply = watched.server.call(
            "GET", path, headers={"Authorization": authorization.format(wrong)}
        )
        assert reply.status in (401, 404), reply
        assert wrong not in repr(reply)
    assert [line for line in watched.log.lines if wrong in line] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_secret(watched: Watched, page: str) -> None:
    reply = watched.server.call("GET", page)
    assert reply.status == 200, reply
    assert watched.found_in(repr(reply)) == []


def test_the_control_who_may_read_metadata_reads_it(watched: Watched) -> None:
    reply = watched.server.call("GET", "/events?type=user&user_id=ada")
    assert watched.found_in(reply.body.decode()) == ["metadata"]


def test_no_token_is_in_the_files_of_the_store(watched: Watched) -> None:
    files = [path.read_bytes() for path in watched.folder.iterdir()]
    assert sum(PRIVATE.encode() in data for data in files) > 0, "the control: metadata is there"
    assert [data for data in files if watched.secrets["token"].encode() in data] == []
    with closing(sqlite3.connect(watched.folder / "pastense.db")) as connection:
        acts = connection.execute("SELECT detail FROM audit").fetchall()
    assert acts
    assert watched.found_in(repr(acts)) == []


WITH_A_PASSWORD = (
    "postgresql://postgres:{}@127.0.0.1:9/db",
    "postgresql://127.0.0.1:9/db?user=postgres&password={}",
    "postgresql://postgres:{}@127.0.0.1:9/db?nonsense=1",
    "postgresql://postgres:{}%zz@127.0.0.1:9/db",
    "postgresql://postgres:{}@[::1/db",
    "mysql://root:{}@127.0.0.1/db",
    "sqlite://user:{}@nowhere/db",
)
COMMANDS = (
    ("serve", "--port", "0"),
    ("token", "list"),
    ("migrate", "--status"),
    ("check",),
    ("settings",),
)


@pytest.mark.parametrize("address", WITH_A_PASSWORD)
def test_no_command_shows_the_password_of_an_address(address: str) -> None:
    given = address.format(PASSWORD)
    clock = ManualClock(NOW)
    with pytest.raises(StoreRefused) as refused:
        open_store(given, clock, 1.0)
    assert PASSWORD not in str(refused.value)
    assert PASSWORD not in shown_address(given)


def test_nor_do_the_settings_and_the_server() -> None:
    for command in COMMANDS[:1] + COMMANDS[-1:]:
        given = {"PASTENSE_DATABASE": WITH_A_PASSWORD[0].format(PASSWORD)}
        done = run_pastense(*command, env=given)
        assert PASSWORD not in done.stdout + done.stderr, done


@pytest.mark.parametrize("command", COMMANDS[1:-1])
def test_nor_do_the_others(command: tuple[str, ...]) -> None:
    done = run_pastense(*command, "--database", WITH_A_PASSWORD[0].format(PASSWORD))
    assert done.returncode == 2
    assert PASSWORD not in done.stdout + done.stderr, done


def test_a_store_that_takes_offence_at_an_event_is_logged_without_the_event() -> None:
    """PostgreSQL repeats the whole row that breaks a constraint. A trigger of the operator's own,
    a full column or a bug of ours must not bring it into the log."""
    cluster = shared_server()
    with cluster.database() as name:
        address = cluster.address(name).replace("postgres@", f"postgres:{PASSWORD}@")
        with running_server(address) as server:
            token = server.token()
            rule = "ALTER TABLE events ADD CONSTRAINT harmless CHECK (metadata NOT LIKE '%card%')"
            cluster.execute(rule, name)
            status = post_event(server.port, token)
            server.stop()
            said = "".join(server.errors + server.printed)
    assert status == 503
    assert "harmless" in said, "the log says what went wrong"
    assert PRIVATE not in said, said
    assert PASSWORD not in said, said
    assert token not in said, said


def post_event(port: int, token: str) -> int:
    """A contact and a private event of theirs; the status of the event."""
    caller = InProcess(port, None, None, None, token)  # type: ignore[arg-type]
    made = caller.call("POST", "/contacts", {"role": "user", "external_id": "ada"})
    assert made.status == 200, made
    event = {"event_name": "paid", "created_at": 1_700_000_000, "user_id": "ada"}
    return caller.call("POST", "/events", event | {"metadata": {"card": PRIVATE}}).status


def test_the_control_postgresql_does_repeat_the_row() -> None:
    cluster = shared_server()
    with cluster.database() as name, psycopg.connect(cluster.address(name)) as connection:
        connection.execute("CREATE TABLE t (a text CHECK (a NOT LIKE '%card%'))")
        with pytest.raises(psycopg.errors.CheckViolation, match=PRIVATE):
            connection.execute("INSERT INTO t VALUES (%s)", (f"card {PRIVATE}",))
