"""How long a sandbox takes to start, to its first answer, and to be emptied.

In one process, as in a test suite. "Cold" is a fresh interpreter, the package's imports included.
The program exits 1 when the median of a start is above 150 ms or that of an emptying above 5 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time

from bench.rig import print_table, save
from pastense.testing import Sandbox

START_MAX_MS, EMPTY_MAX_MS = 150.0, 5.0
COLD = (
    "import time; began = time.perf_counter()\n"
    "from bench.sandbox import start\n"
    "sandbox = start()\n"
    "print((time.perf_counter() - began) * 1e3)\n"
)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--emptyings", type=int, default=100)
    parser.add_argument("--events", type=int, nargs="*", default=[1, 20, 1000, 10_000])
    return parser.parse_args()


def call(sandbox: Sandbox, body: object = None) -> int:
    """One request, as a test's code would make it: GET /me, or a POST of events."""
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    if body is None:
        connection.request("GET", "/me", headers=headers)
    else:
        connection.request("POST", "/events", json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def start() -> Sandbox:
    """A sandbox that has answered."""
    sandbox = Sandbox().start()
    assert call(sandbox) == 200
    return sandbox


def start_ms() -> float:
    """From the call to the first answer; the imports are done."""
    began = time.perf_counter()
    sandbox = start()
    taken = (time.perf_counter() - began) * 1e3
    sandbox.close()
    return taken


def cold_ms() -> float:
    """The same in a fresh interpreter, from the first import on."""
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    return float(done.stdout)


def empty_ms(sandbox: Sandbox, events: int) -> float:
    """Emptying after a test that sent so many events for one contact."""
    sandbox.add_contact("u1")
    now = sandbox.clock.now()
    for first in range(0, events, 1000):
        numbers = range(first, min(events, first + 1000))
        items = [{"event_name": "did", "user_id": "u1", "created_at": now - n} for n in numbers]
        assert call(sandbox, {"data": items}) == 202
    began = time.perf_counter()
    sandbox.empty()
    return (time.perf_counter() - began) * 1e3


def row(name: str, taken: list[float]) -> list[str]:
    return [name, f"{statistics.median(taken):.2f}", f"{max(taken):.2f}", str(len(taken))]


def main() -> None:
    options = parse()
    taken = {"cold start, imports included": [cold_ms() for _ in range(3)]}
    start_ms()  # The first one loads what the imports left.
    taken["start"] = [start_ms() for _ in range(options.starts)]
    with Sandbox() as sandbox:
        for events in options.events:
            rounds = options.emptyings if events < 1000 else max(1, options.emptyings // 10)
            name = f"emptying, {events:,} events"
            taken[name] = [empty_ms(sandbox, events) for _ in range(rounds)]
    print_table(["ms", "median", "most", "times"], [row(n, found) for n, found in taken.items()])
    medians = {name: statistics.median(found) for name, found in taken.items()}
    save("sandbox", {"median_ms": medians})
    emptyings = [median for name, median in medians.items() if name.startswith("emptying")]
    if medians["start"] > START_MAX_MS or max(emptyings) > EMPTY_MAX_MS:
        sys.exit(1)


if __name__ == "__main__":
    main()
