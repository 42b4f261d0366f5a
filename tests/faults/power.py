"""Cut the power at moments of a server's life, and look at what its disk then holds."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pastense.clock import SystemClock
from pastense.store.base import StoreError, StoreRefused
from pastense.store.opening import open_store
from tests.crash.api import Api
from tests.faults.actors import Actor, Books, Key
from tests.faults.disk import Disk, Record, read_log
from tests.faults.shim import Behind, first_token
from tests.support.long_runs import Found

ACTORS = 8
STEPS_EVERY = 5
"""Of so many cuts one is followed by the whole work that was left: moves, erasures, a pass."""
EVENTS = """
SELECT c.external_id, n.name, e.created_at FROM events AS e
LEFT JOIN moves AS m ON m.source = e.contact
JOIN contacts AS c ON c.number = coalesce(m.target, e.contact)
JOIN event_names AS n ON n.workspace = c.workspace AND n.slot = e.slot
"""
PEOPLE = "SELECT external_id FROM contacts WHERE external_id IS NOT NULL"
MOVES = "SELECT count(*) FROM moves"


@dataclass
class Tally:
    """What many cuts found; `acknowledged` events were promised at the last of them."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    ways: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @property
    def found(self) -> Found:
        """The figures of all of them."""
        return Found(self.cuts, self.acknowledged, self.lost, self.doubled, self.wrong)

    def add(self, other: Tally) -> None:
        for name in ("cuts", "acknowledged", "lost", "doubled", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.said += other.said

    def blame(self, kind: str, words: str, count: int = 1) -> None:
        setattr(self, kind, getattr(self, kind) + count)
        if len(self.said) < 10:
            self.said.append(words)


def assert_nothing_wrong(tally: Tally) -> None:
    assert (tally.lost, tally.doubled, tally.wrong) == (0, 0, 0), tally.said


@dataclass
class Story:
    """A folder's whole log and the actors whose answers stand in it."""

    behind: Behind
    actors: list[Actor]
    begin: int
    """The number of the record with which the load began."""


def live(behind: Behind, program: tuple[str, ...], runs: int, seconds: float, seed: int) -> Story:
    """Servers one after the other on one store under load, each killed but the last."""
    chance = random.Random(seed)
    begun_at = int(time.time())
    actors = [Actor(number, begun_at) for number in range(ACTORS)]
    token, begin = "", 0
    for run in range(1, runs + 1):
        server = behind.start(program, {"PASTENSE_RETENTION_DAYS": "30" if run % 2 == 0 else "0"})
        try:
            if not token:
                token = first_token(server)
                with Api(server.port, token) as api:
                    for actor in actors:
                        actor.make_people(api)
                begin = sum(1 for _ in read_log(behind.log))
            stopping = threading.Event()
            arguments = (run, server.port, token, stopping)
            threads = [threading.Thread(target=a.live, args=arguments) for a in actors]
            for thread in threads:
                thread.start()
            time.sleep(seconds * chance.uniform(0.7, 1.3))
            if run == runs:
                stopping.set()
                for thread in threads:
                    thread.join()
                server.stop()
            else:
                server.kill()
                for thread in threads:
                    thread.join()
        finally:
            if server.process.poll() is None:
                server.kill()
    return Story(behind, actors, begin)


def cut(story: Story, cuts: int, seed: int, report: Callable[[str], None] | None = None) -> Tally:
    """Cut the power at so many moments of the story; look at the disk after each."""
    tally = Tally()
    records = sum(1 for _ in read_log(story.behind.log))
    moments = _moments(story, records, cuts, random.Random(seed))
    books = [Books(actor) for actor in story.actors]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for number, disk in _play(story, books, seed):
            if number not in moments:
                continue
            target = Path(folder) / "data"
            target.mkdir()
            way = disk.write_image(target)
            tally.ways[way] = tally.ways.get(way, 0) + 1
            look(target / story.behind.path.name, books, tally, tally.cuts % STEPS_EVERY == 0)
            tally.cuts += 1
            tally.acknowledged = sum(book.events() for book in books)
            shutil.rmtree(target)
            if report and tally.cuts % 500 == 0:
                report(_progress(tally, len(moments), begun))
    return tally


def _progress(tally: Tally, cuts: int, begun: float) -> str:
    elapsed = time.monotonic() - begun
    left = elapsed / tally.cuts * (cuts - tally.cuts)
    return (
        f"cut {tally.cuts:,}/{cuts:,}: {tally.cuts / elapsed:,.0f}/s, lost {tally.lost}, "
        f"wrong {tally.wrong}, {left:,.0f} s left"
    )


def memory() -> str | None:
    """Images are looked at in memory where there is room for files."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _moments(story: Story, records: int, cuts: int, chance: random.Random) -> set[int]:
    """Half of them anywhere, half right after something that an order may hang on."""
    kinds = [
        number
        for number, record in enumerate(read_log(story.behind.log))
        if number >= story.begin and record.kind in "AFXTUCB"
    ]
    anywhere = range(story.begin, records)
    some = chance.sample(anywhere, min(cuts // 2, len(anywhere)))
    return {*some, *chance.sample(kinds, min(cuts - len(some), len(kinds)))}


def _play(story: Story, books: list[Books], seed: int) -> Iterator[tuple[int, Disk]]:
    """Each record of the story: its number, and the disk and the books after it."""
    disk = Disk(story.behind.data, seed)
    run, places = 0, {}
    for number, record in enumerate(read_log(story.behind.log)):
        disk.play(record)
        if record.kind == "M":
            run, places = run + 1, {}
        elif record.kind == "A":
            place = places.get(record.port, 0)
            places[record.port] = place + 1
            _acknowledge(story, books, run, place, record)
        yield number, disk


def _acknowledge(story: Story, books: list[Books], run: int, place: int, record: Record) -> None:
    for actor, book in zip(story.actors, books, strict=True):
        act = actor.attempts.get((run, record.port, place))
        if act is not None and record.number in actor.acts[act].good:
            book.acknowledge(act)


def look(path: Path, books: list[Books], tally: Tally, finish: bool) -> None:
    """Open the store as a server does after the power is back, and compare it with the books."""
    try:
        store, _ = open_store(f"sqlite:{path}", SystemClock(), 5.0)
    except (StoreRefused, StoreError) as error:
        tally.blame("wrong", f"it does not open: {error}")
        return
    try:
        if finish:
            while store.leaving.move_step() or store.leaving.erase_step():
                pass
            while store.leaving.scrub_step():
                pass
        wrong = list(store.events.recount(lambda *_: None))
    except StoreError as error:
        tally.blame("wrong", f"it does not answer: {error}")
        return
    finally:
        store.close()
    if wrong:
        tally.blame("wrong", f"summaries: {wrong[:2]}", len(wrong))
    with closing(sqlite3.connect(path)) as raw:
        try:
            found = raw.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as error:  # So broken that it cannot be looked through.
            found = [(str(error),)]
        if found != [("ok",)]:
            tally.blame("wrong", f"damaged: {found[:2]}")
            return
        events = raw.execute(EVENTS).fetchall()
        people = {mark for (mark,) in raw.execute(PEOPLE)}
        moving = raw.execute(MOVES).fetchone()[0]
    if not moving:
        tally.doubled += len(events) - len(set(events))
    held: dict[str, set[Key]] = {mark: set() for mark in people}
    for mark, name, at in events:
        held[mark].add((name, at))
    for book in books:
        _compare(held, book, tally)


def rows(path: Path, statement: str) -> list[tuple]:
    """What the file holds."""
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(statement).fetchall()


def _compare(held: dict[str, set[Key]], book: Books, tally: Tally) -> None:
    """Exactly what was acknowledged, or that and all of the request that was under way."""
    perhaps = book.perhaps()
    marks = book.sure.keys() | perhaps.keys()
    mine = {mark: keys for mark, keys in held.items() if mark in marks or _is_of(mark, book)}
    if mine in (book.sure, perhaps):
        return
    for mark, keys in book.sure.items():
        if mark in perhaps and (lost := keys - mine.get(mark, set())):
            tally.blame("lost", f"{mark}: {len(lost)} lost: {sorted(lost)[:2]}", len(lost))
    tally.blame("wrong", f"neither before nor after act {book.done}")


def _is_of(mark: str, book: Books) -> bool:
    """Somebody who should be gone already."""
    some = next(iter(book.sure), "")
    return bool(some) and mark.split("-")[1] == some.split("-")[1]
