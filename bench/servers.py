"""Which ASGI server takes this load best: uvicorn (httptools, uvloop) against granian.

Granian is no dependency of the project. To compare, put it into an environment of its own and
name that interpreter:

    python3 -m venv .bench-venv && .bench-venv/bin/pip install granian uvloop
    .venv/bin/python -m bench.servers --granian-python .bench-venv/bin/python
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.load import Result, event_requests, measure
from bench.rig import Served, print_table, program_server, ratio, save

LISTEN_TIMEOUT_S = 10.0
WARM_REQUESTS = 2_000


def wait_until_listening(port: int) -> None:
    end = time.monotonic() + LISTEN_TIMEOUT_S
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise TimeoutError("the server does not listen")


def post_events(served: Served, requests: int, connections: int, round_number: int) -> Result:
    """One round: so many new events, all of which must be answered 202."""
    begin = int(time.time()) - 80 * 86_400 + round_number * requests
    events = event_requests(served.token, requests, begin, round_number)
    found = measure(served.port, served.pid, events, connections)
    assert found.statuses == {202: requests}, found.statuses
    return found


def interleaved(
    rounds: int, names: list[str], one: Callable[[str, int], Result]
) -> dict[str, list[Result]]:
    """Rounds in turn, the order reversed each time, after one round that does not count."""
    found: dict[str, list[Result]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            result = one(name, number)
            if number:
                found[name].append(result)
                line = f"round {number}/{rounds} {name}: {result.per_second:,.0f}/s"
                print(f"{line}, {result.cpu_us:.1f} us", file=sys.stderr, flush=True)
    return found


def median_of(results: list[Result], name: str) -> float:
    return statistics.median(getattr(result, name) for result in results)


FIGURES = ("per_second", "cpu_us", "median_ms", "p99_ms")


def report(title: str, found: dict[str, list[Result]], limit: str) -> None:
    """The table and the JSON: every server's medians, and its ratios to one of them."""
    rows, saved = [], {}
    for name, results in found.items():
        figures = {figure: median_of(results, figure) for figure in FIGURES}
        for figure in ("cpu_us", "per_second"):
            above = [getattr(result, figure) for result in results]
            below = [getattr(result, figure) for result in found[limit]]
            figures[f"{figure}_ratio"] = ratio(above, below)
        saved[name] = figures
        rows.append([name, *(f"{figures[key]:,.2f}" for key in figures)])
    head = ["server", "requests/s", "CPU us/request", "median ms", "p99 ms"]
    print_table([*head, f"CPU / {limit}", f"requests/s / {limit}"], rows)
    save(title, {"rounds": len(found[limit]), "servers": saved})


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--granian-python", help="an interpreter that has granian and uvloop")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=20_000, help="per round and server")
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def main() -> None:
    options = parse()
    with ExitStack() as stack:
        servers = {"uvicorn": stack.enter_context(program_server("noop.py"))}
        if options.granian_python:
            env = {"GRANIAN_PYTHON": str(Path(options.granian_python).absolute())}
            servers["granian"] = stack.enter_context(program_server("noop_granian.py", env))
            wait_until_listening(servers["granian"].port)
        else:
            print(f"granian is left out: {__doc__}", file=sys.stderr)

        def one(name: str, number: int) -> Result:
            return post_events(servers[name], options.requests, options.connections, number)

        report("servers", interleaved(options.rounds, list(servers), one), "uvicorn")


if __name__ == "__main__":
    main()
