"""What `events.create` costs a caller: CPU of ours against python-intercom, sync and async each.

All four clients send to the no-op server (`noop.py`), a process of its own, in rounds that
alternate. CPU is user and system time of this process per call, with what the client's own library
needs, on connections that are kept. Exits 1 when a ratio is above `RATIO_MAX`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from intercom import AsyncIntercom, CreateDataEventRequestWithUserId, Intercom

from bench.rig import print_table, program_server, ratio, save
from pastense import AsyncClient, Client

RATIO_MAX = 0.5
TOKEN = "none"
METADATA = {"plan": "pro", "page": "https://example.org/a", "theme": "dark"}
"""Texts: python-intercom takes no other metadata."""
Round = Callable[[int], None]


def theirs(created_at: int) -> CreateDataEventRequestWithUserId:
    """The request of python-intercom, made for every call as a caller does."""
    return CreateDataEventRequestWithUserId(
        event_name="invited-friend", created_at=created_at, user_id="314159", metadata=METADATA
    )


@contextmanager
def sync_rounds(base_url: str) -> Iterator[tuple[Round, Round]]:
    """One round of each client: so many calls, one after the other."""
    official = Intercom(token=TOKEN, base_url=base_url)
    with Client(TOKEN, base_url=base_url, version="2.14") as client:

        def round_of_ours(calls: int) -> None:
            for number in range(calls):
                client.events.create(
                    "invited-friend",
                    user_id="314159",
                    created_at=1_795_227_101 + number,
                    metadata=METADATA,
                )

        def round_of_theirs(calls: int) -> None:
            for number in range(calls):
                official.events.create(request=theirs(1_795_227_101 + number))

        yield round_of_ours, round_of_theirs


@contextmanager
def async_rounds(base_url: str) -> Iterator[tuple[Round, Round]]:
    """The same, awaited one after the other in one event loop."""
    official = AsyncIntercom(token=TOKEN, base_url=base_url)
    client = AsyncClient(TOKEN, base_url=base_url, version="2.14")

    async def ours(calls: int) -> None:
        for number in range(calls):
            await client.events.create(
                "invited-friend",
                user_id="314159",
                created_at=1_795_227_101 + number,
                metadata=METADATA,
            )

    async def official_ones(calls: int) -> None:
        for number in range(calls):
            await official.events.create(request=theirs(1_795_227_101 + number))

    with asyncio.Runner() as runner:
        yield (lambda n: runner.run(ours(n))), (lambda n: runner.run(official_ones(n)))
        runner.run(client.close())


def cpu_us(one_round: Round, calls: int) -> float:
    """Microseconds of CPU per call of one round."""
    before = time.process_time()
    one_round(calls)
    return (time.process_time() - before) / calls * 1_000_000


def measure(rounds: tuple[Round, Round], calls: int, count: int) -> tuple[list[float], list[float]]:
    """Both clients in turn, after a warm-up of each."""
    for one_round in rounds:
        one_round(20)
    ours, official = [], []
    for _ in range(count):
        ours.append(cpu_us(rounds[0], calls))
        official.append(cpu_us(rounds[1], calls))
    return ours, official


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200, help="calls of a round")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each client")
    given = parser.parse_args()
    rows, figures = [], {}
    with program_server("noop.py") as served:
        base_url = f"http://127.0.0.1:{served.port}"
        for kind, opened in (("sync", sync_rounds), ("async", async_rounds)):
            with opened(base_url) as rounds:
                ours, official = measure(rounds, given.calls, given.rounds)
            found = ratio(ours, official)
            rows.append((kind, f"{median(ours):.0f}", f"{median(official):.0f}", f"{found:.3f}"))
            figures[kind] = {"ours_us": ours, "python_intercom_us": official, "ratio": found}
    print_table(("events.create", "ours, us", "python-intercom, us", "ratio"), rows)
    save("client", figures)
    if any(figure["ratio"] > RATIO_MAX for figure in figures.values()):
        raise SystemExit(f"A ratio is above {RATIO_MAX}")


if __name__ == "__main__":
    main()
