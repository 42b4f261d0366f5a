"""What the background sender is worth: events per second against single calls, CPU of `track`.

Both send to one `pastense serve` on a SQLite store, a process of its own, in rounds that alternate:
a loop of `Client.events.create`, then the same kind of events by a `Tracker` from the first `track`
to the end of `flush`. The CPU of `track` is that of the calling thread, in memory and with the
spool, while the sender waits for a server that does not answer. Exits 1 when the throughput is
below `THROUGHPUT_RATIO_MIN` times that of single calls, or `track` needs more than `TRACK_MAX_US`.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.load import user_id
from bench.rig import Served, create_contacts, pastense_server, print_table, ratio, save
from pastense import Client, Tracker
from pastense.client.messages import Request, Response
from pastense.errors import TimedOut

THROUGHPUT_RATIO_MIN = 10.0
TRACK_MAX_US = {"memory": 20.0, "spool": 60.0}
CONTACTS = 100
BEGIN = 1_700_000_000
METADATA = {"plan": "pro", "page": "https://example.org/a", "price": 34_999, "new": True}
Send = Callable[..., object]


class NoServer:
    """A transport whose server never answers."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def send(self, _: Request) -> Response:
        """Wait until the end."""
        self._closed.wait()
        raise TimedOut("no server")

    def close(self) -> None:
        """End the wait."""
        self._closed.set()


def call_all(send: Send, count: int, begin: int) -> None:
    """So many new events, one after the other."""
    for number in range(begin, begin + count):
        send(
            "invited-friend",
            user_id=user_id(number % CONTACTS),
            created_at=BEGIN + number,
            metadata=METADATA,
        )


def single_rate(client: Client, count: int, begin: int) -> float:
    """Events per second of single calls."""
    begun = time.perf_counter()
    call_all(client.events.create, count, begin)
    return count / (time.perf_counter() - begun)


def tracker_rate(served: Served, folder: Path | None, count: int, begin: int) -> float:
    """Events per second of a tracker, until the server has the last one."""
    base_url = f"http://127.0.0.1:{served.port}"
    with Tracker(served.token, base_url=base_url, spool=folder, queue_events_max=count) as tracker:
        begun = time.perf_counter()
        call_all(tracker.track, count, begin)
        assert tracker.flush(120)
        taken = time.perf_counter() - begun
        assert tracker.stats().sent == count, tracker.stats()
    return count / taken


def throughput(served: Served, options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Events per second of each way, by round."""
    rates: dict[str, list[float]] = {"single calls": [], "memory": [], "spool": []}
    place = 0
    with Client(served.token, base_url=f"http://127.0.0.1:{served.port}") as client:
        for _ in range(options.rounds):
            rates["single calls"].append(single_rate(client, options.calls, place))
            place += options.calls
            for name, spool in (("memory", None), ("spool", folder / "spool")):
                rates[name].append(tracker_rate(served, spool, options.events, place))
                place += options.events
    return rates


def track_us(folder: Path | None, count: int) -> float:
    """Microseconds of CPU of the calling thread per `track`."""
    silent = Tracker(
        "none",
        base_url="http://127.0.0.1:9",
        spool=folder,
        queue_events_max=2 * count,
        transport=NoServer(),
    )
    call_all(silent.track, 100, 0)
    before = time.thread_time()
    call_all(silent.track, count, 100)
    taken = time.thread_time() - before
    assert silent.stats().queued == count + 100
    silent.close(0)
    return taken / count * 1_000_000


def track_cost(options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Microseconds per `track` of each kind, by round; each round has a spool of its own."""
    found: dict[str, list[float]] = {"memory": [], "spool": []}
    for number in range(options.rounds):
        found["memory"].append(track_us(None, options.events))
        found["spool"].append(track_us(folder / f"silent-{number}", options.events))
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=300, help="single calls of a round")
    parser.add_argument("--events", type=int, default=10_000, help="tracked events of a round")
    return parser.parse_args()


def main() -> None:
    options = parse()
    logging.disable()  # What the silent server leaves undone is said otherwise.
    with tempfile.TemporaryDirectory(prefix="pastense-bench-") as place:
        folder = Path(place)
        with pastense_server() as served:
            create_contacts(served, CONTACTS)
            rates = throughput(served, options, folder)
        costs = track_cost(options, folder)
    times = {name: ratio(rates[name], rates["single calls"]) for name in TRACK_MAX_US}
    rows = [("single calls", f"{median(rates['single calls']):,.0f}", "1.0", "")]
    rows += [
        (f"Tracker, {n}", f"{median(rates[n]):,.0f}", f"{times[n]:.1f}", f"{median(costs[n]):.1f}")
        for n in TRACK_MAX_US
    ]
    print_table(("", "events/s", "times single calls", "track, CPU us"), rows)
    save("tracker", {"events_per_s": rates, "times_single_calls": times, "track_us": costs})
    too_slow = min(times.values()) < THROUGHPUT_RATIO_MIN
    if too_slow or any(median(costs[name]) > most for name, most in TRACK_MAX_US.items()):
        raise SystemExit(f"Below {THROUGHPUT_RATIO_MIN} times, or above {TRACK_MAX_US} us")


if __name__ == "__main__":
    main()
