"""What durability and rules cost: single `POST /events` here against a no-op on the same server.

Two ratios count: CPU time per durable event, and requests per second.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.load import CONTACTS, Result
from bench.rig import create_contacts, pastense_server, program_server
from bench.servers import interleaved, post_events, report


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=10_000, help="per round and server")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="where the store lies (its disk matters)")
    return parser.parse_args()


def main() -> None:
    options = parse()
    with pastense_server(options.folder) as product, program_server("noop.py") as noop:
        create_contacts(product, CONTACTS)
        servers = {"no-op": noop, "pastense": product}

        def one(name: str, number: int) -> Result:
            return post_events(servers[name], options.requests, options.connections, number)

        report("submit", interleaved(options.rounds, list(servers), one), "no-op")


if __name__ == "__main__":
    main()
