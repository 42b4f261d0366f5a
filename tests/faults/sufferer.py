"""A server that faults are done to, and one actor who asks it for one thing after the other and
repeats what was not answered well."""

from __future__ import annotations

import time
from pathlib import Path

from tests.crash.api import Api
from tests.faults.actors import Actor, Books, Line
from tests.faults.disk import read_log
from tests.faults.power import Tally, look
from tests.faults.shim import Behind, first_token
from tests.support.server import run_pastense

PROGRAM = str(Path(__file__).with_name("small_log.py"))
PAIRS = 40
AGAIN_S = 10.0


class Sufferer:
    """A server behind the shim, and one actor on one connection."""

    def __init__(self, behind: Behind, program: str = PROGRAM, pairs: int = PAIRS) -> None:
        self.behind = behind
        self.program = (program,)
        self.server = behind.start(self.program)
        self.token = first_token(self.server)
        self.actor = Actor(0, int(time.time()), pairs)
        self.wants = self.actor.submits
        with Api(self.server.port, self.token) as api:
            self.actor.make_people(api)
        self.begin = sum(1 for _ in read_log(behind.log)) if behind.keeps_log else 0
        self.run = 1
        self.connect()
        while self.actor.done < 20:  # Whatever a server does only once has been done.
            assert self.ask() == 202

    def ask(self) -> int:
        return self.actor.ask(self.line, self.wants)

    def until_well(self) -> None:
        """The same is asked again until it is answered well, which must not take long."""
        end = time.monotonic() + AGAIN_S
        done = self.actor.done
        while self.ask() == 503:
            assert time.monotonic() < end, "it did not recover"
            time.sleep(0.02)
        assert self.actor.done == done + 1

    def restart(self, kill: bool) -> None:
        self.line.close()
        if kill:
            self.server.kill()
        else:
            assert self.server.stop() == 0
        self.run += 1
        self.server = self.behind.start(self.program)
        self.connect()

    def connect(self) -> None:
        """Another connection, which the next requests take."""
        self.line = Line(self.run, self.server.port, self.token)

    def __enter__(self) -> Sufferer:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Whatever happened, nothing is left."""
        self.line.close()
        if self.server.process.poll() is None:
            self.server.kill()

    def books(self) -> Books:
        """What is to be found in the store now."""
        books = Books(self.actor)
        books.acknowledge(self.actor.done - 1)
        return books

    def tally(self) -> Tally:
        """The store as it is after the end, against the books."""
        self.line.close()
        if self.server.process.poll() is None:
            assert self.server.stop() == 0
        checked = run_pastense("check", "--database", self.behind.database)
        assert checked.returncode == 0, checked.stdout
        tally = Tally()
        look(self.behind.path, [self.books()], tally, finish=True)
        assert self.actor.faults == []
        return tally
