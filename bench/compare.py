"""`make bench`: the product beside its limit and beside what else one would take, in one run.

Single `POST /events` of about 200 bytes over 64 connections, 2,000 contacts, 20 names, every
answer on disk: Pastense on SQLite and PostgreSQL, a no-op on the same server, a FastAPI and
SQLAlchemy service, Redis streams. Then lists of 1,000 and bulk beside raw `sqlite3` batches, the
latency at half of the saturating load and of one connection alone, the bytes of an event, imports
and the start. Rounds alternate; the ratios are medians of the rounds' own. Prints the tables,
writes bench/results/compare.json and draws compare.png beside it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.postgresql import find_programs
from tests.support.server import running_server

from bench import postgresql, redis_stream
from bench.latencies import latencies
from bench.load import CONTACTS, Result
from bench.many import GROUP, lists_and_rows
from bench.plot import draw
from bench.rig import Served, create_contacts, print_table, program_server, ratio, save
from bench.servers import interleaved, median_of, post_events
from bench.starts import starts

NO_OP, PRODUCT, POSTGRESQL = "no-op", "Pastense, SQLite", "Pastense, PostgreSQL"
TEAM, REDIS = "FastAPI + SQLAlchemy, SQLite", "Redis XADD"
ORDER = (NO_OP, PRODUCT, POSTGRESQL, TEAM, REDIS)
TEAM_SHARE = 10
"""The slow one gets so many times fewer requests a round; its figures are per request."""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=10_000, help="per round and server")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rows", type=int, default=20_000, help="rows per round, by lists")
    parser.add_argument("--folder", type=Path, help="where the stores lie (its disk matters)")
    return parser.parse_args()


def all_servers(stack: ExitStack, folder: Path) -> tuple[dict[str, Served], list[str]]:
    """Every side that this machine can run, and what was left out, in words."""
    servers, left_out = {NO_OP: stack.enter_context(program_server("noop.py"))}, []
    server = stack.enter_context(running_server(f"sqlite:{folder / 'bench.db'}"))
    servers[PRODUCT] = Served(server.port, server.process.pid, server.token())
    create_contacts(servers[PRODUCT], CONTACTS)
    env = {"BENCH_STORE": str(folder / "team.db"), "PYTHONPATH": ":".join(filter(None, sys.path))}
    servers[TEAM] = stack.enter_context(program_server("fastapi_service.py", env))
    try:
        find_programs()
    except RuntimeError as error:
        left_out.append(f"{POSTGRESQL} is left out: {error}")
    else:
        cluster = stack.enter_context(postgresql.cluster())
        address = cluster.address(stack.enter_context(cluster.database()))
        (servers[POSTGRESQL],) = postgresql.serve(stack, address, 1)
    program = redis_stream.find_redis()
    if program is None:
        left_out.append(f"{REDIS} is left out: no redis-server is on the path")
    else:
        servers[REDIS] = stack.enter_context(redis_stream.redis_server(program, folder))
    return servers, left_out


def one_round(
    servers: dict[str, Served], options: argparse.Namespace, name: str, number: int
) -> Result:
    count = options.requests // (TEAM_SHARE if name == TEAM else 1)
    send = redis_stream.post_events if name == REDIS else post_events
    return send(servers[name], count, options.connections, number)


FIGURES = ("cpu_us", "per_second", "median_ms", "p99_ms")


def figures_of(results: list[Result], limit: list[Result]) -> dict[str, float]:
    """Medians of one side, and its ratios to the limit."""
    figures = {name: median_of(results, name) for name in FIGURES}
    for name in ("cpu_us", "per_second"):
        above, below = ([getattr(one, name) for one in some] for some in (results, limit))
        figures[f"{name}_ratio"] = ratio(above, below)
    return figures


def print_servers(figures: dict[str, dict[str, float]]) -> None:
    head = ["", "CPU us/request", "requests/s", "median ms", "p99 ms", "CPU, times", "rate, times"]
    rows = [[name, *(f"{value:,.2f}" for value in one.values())] for name, one in figures.items()]
    print_table(head, rows)


def against_team(found: dict[str, list[Result]]) -> dict[str, float]:
    """The product against the service of a team: its rate, and its CPU."""
    product, team = found[PRODUCT], found[TEAM]
    rates = ([one.per_second for one in some] for some in (product, team))
    cpu = ([one.cpu_us for one in some] for some in (product, team))
    return {"rate": ratio(*rates), "cpu": ratio(*cpu)}


def aims(figures: dict) -> list[tuple[str, float, str, float]]:
    """(what, figure, at most or at least, bound) of everything that this program measures."""
    product, many, late = figures["servers"][PRODUCT], figures["many"], figures["latencies"]
    return [
        ("1 CPU per event, times no-op", product["cpu_us_ratio"], "<=", 2.0),
        ("1 requests/s, times no-op", product["per_second_ratio"], ">=", 0.4),
        ("2 requests/s, times FastAPI", figures["team"]["rate"], ">=", 5.0),
        ("2 CPU, times FastAPI", figures["team"]["cpu"], "<=", 0.25),
        ("3 lists of 1,000, rows/s, times raw", many["lists_rate_ratio"], ">=", 0.6),
        ("3 bulk of 1,000, rows/s, times raw", many["bulk_rate_ratio"], ">=", 0.6),
        ("5 bytes per event, times key and metadata", many["bytes_ratio"], "<=", 1.6),
        ("6 p99 at half load, times median", late["half_p99_ratio"], "<=", 10.0),
        ("6 one connection, median ms", late["one_median_ms"], "<", 2.0),
        ("7 import pastense, ms", figures["starts"]["import_ms"], "<", 80.0),
        ("7 start to first answer, empty store, ms", figures["starts"]["start_ms"], "<", 400.0),
    ]


def is_reached(figure: float, word: str, bound: float) -> bool:
    return figure >= bound if word == ">=" else figure <= bound


def print_floor(figures: dict) -> None:
    """What the rows alone cost where they come in such groups, by somebody who knows them all."""
    no_op, rows = figures["servers"][NO_OP]["cpu_us"], figures["many"]["raw_groups_cpu_us"]
    print(
        f"raw sqlite3 rows in groups of {GROUP}: {rows:.1f} us of CPU; with the no-op before them "
        f"{no_op + rows:.1f} us, {(no_op + rows) / no_op:.1f} times the no-op"
    )


def print_aims(figures: dict) -> None:
    rows = [
        [
            what,
            f"{figure:.2f}",
            f"{word} {bound:g}",
            "yes" if is_reached(figure, word, bound) else "NO",
        ]
        for what, figure, word, bound in aims(figures)
    ]
    print_table(["aim", "measured", "bound", "reached"], rows)


def main() -> None:
    options = parse()
    with (
        TemporaryDirectory(prefix="pastense-bench-", dir=options.folder) as place,
        ExitStack() as stack,
    ):
        folder = Path(place)
        servers, left_out = all_servers(stack, folder)
        found = interleaved(options.rounds, list(servers), partial(one_round, servers, options))
        saturating = statistics.median(one.per_second for one in found[PRODUCT])
        figures = {
            "servers": {
                name: figures_of(found[name], found[NO_OP]) for name in ORDER if name in found
            },
            "team": against_team(found),
            "latencies": latencies(servers[PRODUCT], saturating, options.rounds),
            "many": lists_and_rows(folder, options.rows, options.rounds),
            "starts": starts(folder),
            "left_out": left_out,
        }
    print_servers(figures["servers"])
    print(*left_out, sep="\n")
    print_floor(figures)
    print_aims(figures)
    save("compare", figures)
    draw(figures["servers"])


if __name__ == "__main__":
    main()
