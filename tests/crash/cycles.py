"""Kill a server under load again and again on one store, and keep account of what it held."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.api import Api
from tests.crash.ledger import Ledger
from tests.crash.load import Load
from tests.crash.plan import Contact, Plan
from tests.crash.verify import Findings, verify_all, verify_since
from tests.support.long_runs import Found
from tests.support.server import RunningServer, run_pastense, start_server

ACKNOWLEDGED_MIN = 200
ACKNOWLEDGED_MAX = 600
"""Requests acknowledged before a kill: a number by chance between these two."""
BEGIN_AGO_S = 60 * 86_400
SEED = 20_260_101

SERVE = ("-m", "pastense")


@dataclass
class Outcome:
    """What a run did and what the looks at its store found."""

    ledger: Ledger = field(default_factory=Ledger)
    findings: Findings = field(default_factory=Findings)
    acknowledged_per_cycle: list[int] = field(default_factory=list)
    check_exit: int = -1
    check_said: str = ""
    seconds: float = 0.0

    @property
    def cycles(self) -> int:
        return len(self.acknowledged_per_cycle)

    @property
    def found(self) -> Found:
        """The figures of the run."""
        findings = self.findings
        counts = len(findings.lost), len(findings.doubled), findings.wrong
        return Found(self.cycles, len(self.ledger.acknowledged), *counts)


class CrashRun:
    """One store, one set of books, and a server that is killed once per cycle."""

    def __init__(self, folder: Path, program: tuple[str, ...] = SERVE) -> None:
        self._path = folder / "pastense.db"
        self._database = f"sqlite:{self._path}"
        self._program = program
        self._random = random.Random(SEED)

    def run(
        self,
        cycles: int,
        report: Callable[[str], None] | None = None,
        stop_at_loss: bool = False,
    ) -> Outcome:
        """So many kills, or fewer where one loss is enough; then a full look, a clean stop."""
        begun = time.monotonic()
        outcome = Outcome()
        server = self._start()
        try:
            self._token = server.token()
            self._plan = self._make_plan(server)
            for cycle in range(cycles):
                self._kill_under_load(server, cycle, outcome)
                server = self._start_again(server)
                self._look_at_recent(server, cycle, outcome)
                if report:
                    report(_progress(cycle + 1, cycles, begun, outcome))
                if stop_at_loss and outcome.findings.lost:
                    break
            self._look_at_all(server, outcome)
        finally:
            if server.process.poll() is None:
                server.stop()
        self._check(outcome)
        outcome.seconds = time.monotonic() - begun
        return outcome

    def _start(self) -> RunningServer:
        return start_server(self._database, program=self._program)

    def _start_again(self, server: RunningServer) -> RunningServer:
        """The server after the kill."""
        return self._start()

    def _make_plan(self, server: RunningServer) -> Plan:
        with Api(server.port, self._token) as api:
            users = [f"user-{number}" for number in range(5)]
            contacts = [
                Contact(api.create_contact(role="user", external_id=user), "user_id", user)
                for user in users
            ]
            lead = api.create_contact(role="lead")
        return Plan([*contacts, Contact(lead, "id", lead)], int(time.time()) - BEGIN_AGO_S, SEED)

    def _kill_under_load(self, server: RunningServer, cycle: int, outcome: Outcome) -> None:
        ledger = outcome.ledger
        before = ledger.requests_acknowledged
        wanted = self._random.randint(ACKNOWLEDGED_MIN, ACKNOWLEDGED_MAX)
        load = Load(server.port, self._token, self._plan, ledger, cycle)
        asyncio.run(load.run(wanted, server.kill))
        outcome.acknowledged_per_cycle.append(ledger.requests_acknowledged - before)

    def _look_at_recent(self, server: RunningServer, cycle: int, outcome: Outcome) -> None:
        # The cycle before is read again: what it left unacknowledged was sent again in this one.
        begin = self._plan.block_begin(max(cycle - 1, 0))
        with Api(server.port, self._token) as api:
            outcome.findings.add(verify_since(api, self._plan.contacts, outcome.ledger, begin))

    def _look_at_all(self, server: RunningServer, outcome: Outcome) -> None:
        with Api(server.port, self._token) as api:
            outcome.findings.add(verify_all(api, self._plan.contacts, outcome.ledger))

    def _check(self, outcome: Outcome) -> None:
        """The product's own recount, and SQLite's opinion of the file."""
        done = run_pastense("check", "--database", self._database)
        outcome.check_exit = done.returncode
        outcome.check_said = done.stdout + done.stderr
        self._check_file()

    def _check_file(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _progress(done: int, cycles: int, begun: float, outcome: Outcome) -> str:
    elapsed = time.monotonic() - begun
    left = elapsed / done * (cycles - done)
    acknowledged = len(outcome.ledger.acknowledged)
    return (
        f"cycle {done}/{cycles}: {acknowledged:,} events acknowledged, "
        f"{acknowledged / elapsed:,.0f}/s, lost {len(outcome.findings.lost)}, {left:,.0f} s left"
    )
