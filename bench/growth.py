"""Does reading cost more on a larger store? Lists and summaries at 100,000 events and at 1,000.

The ordinary contacts own the same number of events in both stores, so the ratio shows the
store's size and nothing else. One contact owns a fifth of all events; it has its own rows.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import NAMES, Result, measure, request, user_id
from bench.rig import Progress, Served, create_contacts, pastense_server, print_table, ratio, save

OWN_EVENTS = 50
HEAVY = 0
"""The number of the contact that owns most."""
HEAVY_SHARE = 0.2
LIST_ITEMS = 500
STEP_S = 7
SPAN_S = 80 * 86_400
RATIO_MAX = 1.25
READS = {"list": "", "summary": "&summary=true"}


@dataclass
class Store:
    """One filled store under measurement."""

    served: Served
    events: int
    contacts: int


def moments(events: int, contacts: int) -> Iterator[tuple[int, int]]:
    """(contact, index) of every event, contacts mixed as they would arrive."""
    heavy = events - contacts * OWN_EVENTS
    own = [(contact, index) for contact in range(1, contacts + 1) for index in range(OWN_EVENTS)]
    mixed = [(HEAVY, index) for index in range(heavy)] + own
    random.Random(events).shuffle(mixed)
    return iter(mixed)


def list_requests(store: Store, begin: int) -> Iterator[bytes]:
    """The whole fill as list-form posts."""
    items = []
    for contact, index in moments(store.events, store.contacts):
        items.append(
            {
                "event_name": f"bench-event-{index % NAMES:02d}",
                "created_at": begin + index * STEP_S,
                "user_id": user_id(contact),
                "metadata": {"order_number": index, "plan": "team", "stripe_invoice": "inv_3434"},
            }
        )
        if len(items) == LIST_ITEMS:
            yield list_request(store, items)
            items = []
    if items:
        yield list_request(store, items)


def list_request(store: Store, items: list[dict]) -> bytes:
    body = json.dumps({"type": "event.list", "data": items}).encode()
    return request("POST", "/events", store.served.token, body)


def fill(served: Served, events: int) -> Store:
    """Contacts and events through the API; every list must be answered 202."""
    store = Store(served, events, int(events * (1 - HEAVY_SHARE)) // OWN_EVENTS)
    create_contacts(served, store.contacts + 1)
    begin = int(time.time()) - SPAN_S
    assert events * HEAVY_SHARE * STEP_S < SPAN_S, "the listed events must lie in the window"
    progress = Progress(f"events of the store of {events:,}", events, LIST_ITEMS)
    found = measure(served.port, served.pid, list_requests(store, begin), 4, progress)
    assert set(found.statuses) == {202}, found.statuses
    print(f"filled {events:,} events in {found.wall_s:.1f} s", file=sys.stderr)
    return store


def read_requests(store: Store, query: str, who: str, count: int, seed: int) -> Iterator[bytes]:
    """So many reads of one contact, or of contacts by chance."""
    chance = random.Random(seed)
    for _ in range(count):
        contact = {"one": store.contacts // 2, "heavy": HEAVY}.get(who)
        if contact is None:
            contact = chance.randint(1, store.contacts)
        target = f"/events?type=user&user_id={user_id(contact)}{query}"
        yield request("GET", target, store.served.token)


def read(store: Store, query: str, who: str, count: int, seed: int) -> Result:
    requests = read_requests(store, query, who, count, seed)
    found = measure(store.served.port, store.served.pid, requests, connections=1)
    assert found.statuses == {200: count}, found.statuses
    return found


CASES = [(kind, who) for kind in READS for who in ("one", "chance", "heavy")]
TITLES = {"one": "one contact", "chance": "contacts by chance", "heavy": "owner of most"}


def compare(
    small: Store, large: Store, rounds: int, count: int
) -> dict[tuple[str, str], list[tuple[Result, Result]]]:
    """Rounds of all cases, both stores in turn; the first round only warms."""
    found: dict[tuple[str, str], list[tuple[Result, Result]]] = {case: [] for case in CASES}
    for number in range(rounds + 1):
        for kind, who in CASES:
            order = (small, large) if number % 2 else (large, small)
            results = {s.events: read(s, READS[kind], who, count, number) for s in order}
            if number:
                found[kind, who].append((results[small.events], results[large.events]))
        print(f"round {number}/{rounds}", file=sys.stderr, flush=True)
    return found


def figures_of(pairs: list[tuple[Result, Result]]) -> dict[str, float]:
    """Medians of both stores and the ratio, by CPU time and by wall time."""
    figures = {}
    for name in ("cpu_us", "median_ms"):
        small = [getattr(pair[0], name) for pair in pairs]
        large = [getattr(pair[1], name) for pair in pairs]
        figures[f"small_{name}"] = statistics.median(small)
        figures[f"large_{name}"] = statistics.median(large)
        figures[f"{name}_ratio"] = ratio(large, small)
    return figures


def report(small: Store, large: Store, found: dict) -> bool:
    """The table, the JSON, and whether every ordinary ratio keeps its bound."""
    rows, saved = [], {}
    for (kind, who), pairs in found.items():
        figures = figures_of(pairs)
        saved[f"{kind}, {TITLES[who]}"] = figures
        shown = [f"{value:.2f}" for value in figures.values()]
        rows.append([f"{kind}, {TITLES[who]}", *shown])
    columns = [f"{what} at {s.events:,}" for what in ("CPU us", "ms") for s in (small, large)]
    print_table(["read", *columns[:2], "ratio", *columns[2:], "ratio"], rows)
    sizes = {"small_events": small.events, "large_events": large.events}
    save("growth", sizes | {"own_events": OWN_EVENTS, "reads": saved})
    ordinary = [saved[f"{kind}, {TITLES[who]}"] for kind, who in CASES if who != "heavy"]
    worst = max(figures["cpu_us_ratio"] for figures in ordinary)
    print(f"worst CPU ratio of an ordinary contact: {worst:.2f} (bound {RATIO_MAX})")
    return worst <= RATIO_MAX


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000, help="events in the small store")
    parser.add_argument("--large", type=int, default=100_000, help="events in the large store")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--requests", type=int, default=300, help="per round, case and store")
    parser.add_argument("--folder", type=Path, help="where the stores lie")
    return parser.parse_args()


def main() -> None:
    options = parse()
    with pastense_server(options.folder) as one, pastense_server(options.folder) as other:
        small, large = fill(one, options.small), fill(other, options.large)
        found = compare(small, large, options.rounds, options.requests)
        if not report(small, large, found):
            sys.exit(1)


if __name__ == "__main__":
    main()
