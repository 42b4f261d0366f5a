"""What a large merge and a large deletion cost the others: the latency of single submits while
they go on, against the latency just before. Afterwards nothing may be lost and every summary
must equal a recount.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.crash.api import Api
from tests.support.server import run_pastense, start_server

from bench.load import Result, event_requests, measure
from bench.rig import Progress, Served, create_contacts, print_table, save

CONTACTS = 500
LIST_ITEMS = 1_000
P99_RATIO_MAX = 5.0
SPAN_S = 2_000_000
LEFT = """
SELECT (SELECT count(*) FROM moves) + (SELECT count(*) FROM erasures)
  + (SELECT wanted + next_page FROM scrub)
"""


def fill(api: Api, contact: str, events: int, begin: int) -> None:
    """So many events of one contact, one a second."""
    progress = Progress(f"events of {contact}", events)
    for start in range(0, events, LIST_ITEMS):
        items = [
            {"id": contact, "event_name": f"name {n % 10}", "created_at": begin + n}
            for n in range(start, min(start + LIST_ITEMS, events))
        ]
        api.expect(202, "POST", "/events", {"data": items})
        progress(start + LIST_ITEMS)


class Load:
    """Single submits for others, for a time or until something behind the answers is done."""

    def __init__(self, served: Served, path: Path, connections: int) -> None:
        self._served = served
        self._path = path
        self._connections = connections
        self._begin = int(time.time()) - SPAN_S
        self.sent = 0

    def alone(self, seconds: float) -> Result:
        """The load with nothing beside it."""
        end = time.monotonic() + seconds
        return self._run(lambda: time.monotonic() < end)

    def beside(self, act: Callable[[], object]) -> Result:
        """The load while the act and what follows from it go on."""
        done = threading.Event()
        helper = threading.Thread(target=self._act, args=(act, done))
        helper.start()
        result = self._run(lambda: not done.is_set())
        helper.join()
        return result

    def _run(self, goes_on: Callable[[], bool]) -> Result:
        def requests() -> Iterator[bytes]:
            begin = self._begin + self.sent
            for request in event_requests(self._served.token, SPAN_S, begin, 1, CONTACTS):
                if not goes_on():
                    return
                self.sent += 1
                yield request

        found = measure(self._served.port, self._served.pid, requests(), self._connections)
        assert set(found.statuses) == {202}, found.statuses
        return found

    def _act(self, act: Callable[[], object], done: threading.Event) -> None:
        act()
        with closing(sqlite3.connect(self._path)) as connection:
            while connection.execute(LEFT).fetchone() != (0,):
                time.sleep(0.05)
        done.set()


def row(name: str, before: Result, during: Result) -> tuple[list[str], dict[str, float]]:
    """One line of the table, and its figures."""
    figures = {
        "seconds": during.wall_s,
        "p99_before_ms": before.p99_ms,
        "p99_during_ms": during.p99_ms,
        "p99_ratio": during.p99_ms / before.p99_ms,
        "per_second_before": before.per_second,
        "per_second_during": during.per_second,
    }
    shown = [f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in figures.values()]
    return [name, *shown], figures


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merged", type=int, default=50_000, help="events of the lead and user")
    parser.add_argument("--deleted", type=int, default=200_000, help="events of the deleted")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=6.0, help="of load before each act")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the store lies")
    return parser.parse_args()


def run(options: argparse.Namespace, path: Path) -> bool:
    """Fill, merge, delete, check; whether both kept the bound."""
    server = start_server(f"sqlite:{path}")
    served = Served(server.port, server.process.pid, server.token())
    try:
        with Api(server.port, served.token) as api:
            create_contacts(served, CONTACTS)
            lead = api.create_contact(role="lead")
            user, victim = api.create_contact(external_id="u"), api.create_contact(external_id="v")
            begin = int(time.time()) - SPAN_S
            fill(api, lead, options.merged, begin)
            fill(api, user, options.merged, begin + options.merged // 2)
            fill(api, victim, options.deleted, begin)
            load = Load(served, path, options.connections)
            merge = ("POST", "/contacts/merge", {"from": lead, "into": user})
            found = [
                row("merge", load.alone(options.seconds), load.beside(lambda: api.call(*merge))),
            ]
            delete = ("DELETE", f"/contacts/{victim}")
            found += [
                row("delete", load.alone(options.seconds), load.beside(lambda: api.call(*delete))),
            ]
            events = sum(item["count"] for item in api.page(user, summary="true")["events"])
            assert events == options.merged + options.merged // 2, events
    finally:
        server.stop()
    checked = run_pastense("check", "--database", f"sqlite:{path}")
    print(checked.stdout.strip())
    return report(found, path, load.sent) and checked.returncode == 0


def report(found: list, path: Path, sent: int) -> bool:
    """The table, the JSON, what is in the store, and whether the bound was kept."""
    with closing(sqlite3.connect(path)) as connection:
        kept = "SELECT count(*) FROM events JOIN contacts ON number = contact WHERE external_id"
        others = connection.execute(f"{kept} LIKE 'bench-%'").fetchone()[0]
    assert others == sent, f"{others} of {sent} events of the others are there"
    head = ["", "seconds", "p99 before ms", "during ms", "ratio", "per s before", "during"]
    print_table(head, [shown for shown, _ in found])
    save("leaving", {shown[0]: figures for shown, figures in found} | {"others": sent})
    worst = max(figures["p99_ratio"] for _, figures in found)
    print(f"worst ratio of the others' p99: {worst:.2f} (bound {P99_RATIO_MAX})")
    return worst <= P99_RATIO_MAX


def main() -> None:
    options = parse()
    path = options.folder / "bench-leaving.db"
    try:
        held = run(options, path)
    finally:
        for left in options.folder.glob(f"{path.name}*"):
            left.unlink()
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
