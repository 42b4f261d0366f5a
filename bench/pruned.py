"""What a pruned event costs: the store's size with metadata, without it, and given back.

Fills a store through its own write path, contacts mixed as they would arrive, prunes all of it
and goes over the pages in the server's steps, and then gives the free pages back in two ways.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.rig import Progress, print_table, save
from pastense.clock import ManualClock
from pastense.model import NewEvent, WritePolicy
from pastense.store.base import Store
from pastense.store.opening import open_store

NOW = 1_800_000_000
BEGIN = 1_000_000_000
STEP_S = 97
NAMES = 20
GROUP_EVENTS = 1_000
METADATA_BYTES = 200
MARK = "PersonalMark"


def metadata(number: int) -> str:
    """About 200 bytes of JSON that can be found again in the raw file."""
    start = f'{{"order_number":{number},"plan":"team","text":"{MARK}'
    return start + "x" * (METADATA_BYTES - len(start) - 2) + '"}'


def groups(workspace: int, events: int, contacts: int) -> Iterator[list[NewEvent]]:
    """All events by time; who did each is chance."""
    chance = random.Random(events)
    group: list[NewEvent] = []
    for number in range(events):
        who, name = f"u{chance.randrange(contacts)}", f"bench-event-{number % NAMES:02d}"
        created_at = BEGIN + number * STEP_S
        event = NewEvent(
            workspace, "user_id", who, name, created_at, metadata(number), (), "", "user_id"
        )
        group.append(event)
        if len(group) == GROUP_EVENTS:
            yield group
            group = []
    yield group


def fill(store: Store, events: int, contacts: int) -> None:
    """Contacts and their events."""
    workspace = store.admin.workspaces()[0]
    for number in range(contacts):
        store.contacts.create(workspace, {"role": "user", "external_id": f"u{number}"}, NOW)
    progress, done = Progress("events", events), 0
    for group in groups(workspace.number, events, contacts):
        store.events.write(group, WritePolicy(NOW))
        done += len(group)
        progress(done)


def prune(store: Store, events: int, passes: int) -> list[float]:
    """Passes that each reach further in time; the milliseconds of each step."""
    times = []
    for number in range(1, passes + 1):
        edge = BEGIN + events * STEP_S * number // passes
        after: int | None = 0
        while after is not None:
            begun = time.perf_counter()
            after = store.retention.prune_step({1: edge}, after)
            times.append((time.perf_counter() - begun) * 1_000)
    return times


def scrub(store: Store) -> list[float]:
    """The pass over the pages; the milliseconds of each step."""
    times, more = [], True
    while more:
        begun = time.perf_counter()
        more = store.leaving.scrub_step()
        times.append((time.perf_counter() - begun) * 1_000)
    return times


def look(path: Path, what: str, events: int, *pragmas: str) -> list[object]:
    """A row of the table: the file's size and its free pages, after some pragmas."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        begun = time.perf_counter()
        for pragma in pragmas:
            connection.executescript(pragma)  # `execute` would take one step of it alone.
        seconds = time.perf_counter() - begun
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    used = (pages - free) * size / events
    return [what, pages * size, free * size, f"{used:.1f}", f"{seconds:.2f}"]


def marks(path: Path) -> int:
    """How often the metadata is found in the raw file."""
    return path.read_bytes().count(MARK.encode())


def measure(folder: Path, events: int, contacts: int, passes: int) -> None:
    path = folder / "bench.db"
    store, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 5.0)
    fill(store, events, contacts)
    store.close()
    rows = [look(path, "with metadata", events)]
    store, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 5.0)
    times = prune(store, events, passes)
    store.close()
    rows.append(look(path, "pruned", events))
    left = marks(path)
    store, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 5.0)
    scrub_times = scrub(store)
    store.close()
    cleaned = marks(path)
    rows.append(look(path, "free pages given back", events, "PRAGMA incremental_vacuum"))
    rows.append(look(path, "written anew", events, "VACUUM"))
    columns = ("state", "file bytes", "free bytes", "used bytes/event", "s")
    print_table(columns, rows)
    median, worst = statistics.median(times), max(times)
    print(f"{len(times)} steps, median {median:.1f} ms, slowest {worst:.1f} ms; marks left: {left}")
    print(
        f"the pass over the pages: {len(scrub_times)} steps, slowest {max(scrub_times):.1f} ms; "
        f"marks left: {cleaned}"
    )
    figures = [dict(zip(columns, row, strict=True)) for row in rows]
    sizes = {
        "events": events,
        "contacts": contacts,
        "passes": passes,
        "marks_left": [left, cleaned],
    }
    save(
        "pruned",
        sizes | {"states": figures, "step_ms": [median, worst], "scrub_step_ms": scrub_times},
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--contacts", type=int, default=2_000)
    parser.add_argument("--passes", type=int, default=1, help="in how many the events grow old")
    parser.add_argument("--folder", type=Path, help="where the store lies (its disk matters)")
    return parser.parse_args()


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="pastense-bench-", dir=options.folder) as place:
        measure(Path(place), options.events, options.contacts, options.passes)


if __name__ == "__main__":
    main()
