"""Lists of 1,000 events and bulk calls of 1,000 beside raw `sqlite3` batches of 1,000 rows, and
raw batches of as many rows as single events gather in a group.

Each side writes into a store of its own with the same contacts; those of the raw sides were made
by servers that have ended.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.server import running_server

from bench.load import CONTACTS, EVENT, NAMES, measure, request
from bench.raw_rows import RawRows
from bench.rig import Served, create_contacts, ratio

BATCH = 1_000
GROUP = 32
"""Of 64 connections about half have an event in a group: the other half are being answered."""
CONNECTIONS = 4
Pair = tuple[float, float]
"""(rows per second, CPU microseconds per row)."""
Numbers = tuple[int, int, int]
"""(count, begin, seed) of the rows of one round."""


def bodies(count: int, begin: int, seed: int) -> Iterator[list[bytes]]:
    """The events of each request, new ones of contacts and names by chance."""
    chance = random.Random(seed).randrange
    for start in range(begin, begin + count, BATCH):
        seconds = range(start, min(start + BATCH, begin + count))
        yield [EVENT % (chance(NAMES), at, chance(CONTACTS)) for at in seconds]


def list_body(events: list[bytes]) -> bytes:
    return b'{"type":"event.list","data":[' + b",".join(events) + b"]}"


def bulk_body(events: list[bytes]) -> bytes:
    items = (b'{"method":"post","data_type":"event","data":%b}' % event for event in events)
    return b'{"items":[' + b",".join(items) + b"]}"


def send(served: Served, path: str, body: Callable[[list[bytes]], bytes], numbers: Numbers) -> Pair:
    """One round of a server."""
    calls = [request("POST", path, served.token, body(events)) for events in bodies(*numbers)]
    found = measure(served.port, served.pid, calls, CONNECTIONS)
    assert set(found.statuses) == {202}, found.statuses
    return numbers[0] / found.wall_s, found.server_cpu_s / numbers[0] * 1e6


def lists_and_rows(folder: Path, rows: int, rounds: int) -> dict[str, float]:
    """What the three ways give, in turn, and the bytes of an event of the server's store."""
    raw, grouped = raw_rows(folder / "raw.db"), raw_rows(folder / "grouped.db")
    with own_server(folder / "lists.db") as lists, own_server(folder / "bulk.db") as bulk:
        ways: dict[str, Callable[[Numbers], Pair]] = {
            "raw": lambda numbers: raw.timed(numbers[0], BATCH, *numbers[1:]),
            "raw_groups": lambda numbers: grouped.timed(numbers[0], GROUP, *numbers[1:]),
            "lists": partial(send, lists, "/events", list_body),
            "bulk": partial(send, bulk, "/bulk/events", bulk_body),
        }
        found = in_turn(ways, rows, rounds)
    raw.close()
    grouped.close()
    filled = RawRows(folder / "lists.db")
    used, alone = filled.bytes_per_event()
    filled.close()
    sizes = {"bytes": used, "bytes_alone": alone, "bytes_ratio": used / alone}
    return figures_of(found) | sizes


@contextmanager
def own_server(path: Path) -> Iterator[Served]:
    """A server on a store of its own, with the contacts and the names."""
    with running_server(f"sqlite:{path}") as server:
        served = Served(server.port, server.process.pid, server.token())
        make_names(served)
        yield served


def raw_rows(path: Path) -> RawRows:
    """A store that a server made, and left."""
    with own_server(path):
        pass
    return RawRows(path)


def make_names(served: Served) -> None:
    """Contacts, and one event of each name, so that every name is there."""
    create_contacts(served, CONTACTS)
    at = int(time.time()) - 2 * 86_400
    body = list_body([EVENT % (name, at, 0) for name in range(NAMES)])
    one = [request("POST", "/events", served.token, body)]
    assert measure(served.port, served.pid, one, 1).statuses == {202: 1}


def in_turn(
    ways: dict[str, Callable[[Numbers], Pair]], rows: int, rounds: int
) -> dict[str, list[Pair]]:
    begin = int(time.time()) - 80 * 86_400
    found: dict[str, list[Pair]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for place, name in enumerate(ways if number % 2 else reversed(ways)):
            first = begin + (number * len(ways) + place) * rows
            pair = ways[name]((rows, first, number * len(ways) + place))
            if number:
                found[name].append(pair)
                line = f"round {number}/{rounds} {name}: {pair[0]:,.0f} rows/s"
                print(f"{line}, {pair[1]:.1f} us", file=sys.stderr, flush=True)
    return found


def figures_of(found: dict[str, list[Pair]]) -> dict[str, float]:
    figures = {}
    for name, pairs in found.items():
        for place, figure in enumerate(("rate", "cpu_us")):
            own, raw = ([pair[place] for pair in some] for some in (pairs, found["raw"]))
            figures[f"{name}_{figure}"] = statistics.median(own)
            figures[f"{name}_{figure}_ratio"] = ratio(own, raw)
    return figures


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="pastense-bench-") as place:
        print(json.dumps(lists_and_rows(Path(place), 20_000, 7), indent=2))
