"""`pastense copy` of a large store in both directions, killed again and again.

Fills a SQLite store, copies it into a temporary PostgreSQL cluster that waits for its disk, and
that into another file; first without a kill, for the time, and then with. Each kill (SIGKILL)
comes at a place by chance among the rows, and the same command goes on. Exits 1 where the checksums
of all sides are not one and the same. TMPDIR chooses the disk.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.support.postgresql import Server
from tests.support.server import clean_environment

from bench.pruned import NOW, fill
from bench.rig import print_table, save
from pastense.clock import ManualClock
from pastense.store.copying.side import Side
from pastense.store.opening import open_store

_CHECKSUM = re.compile(r"checksum ([0-9a-f]{64})")
ASKED_EVERY_S = 0.02


def begin(source: str, destination: str) -> subprocess.Popen[str]:
    """The command as an operator gives it."""
    return subprocess.Popen(
        [sys.executable, "-m", "pastense", "copy", "--from", source, "--to", destination],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def copy(source: str, destination: str) -> tuple[list[str], float]:
    """A copy to its end: the checksums of both sides, and the seconds."""
    begun = time.perf_counter()
    running = begin(source, destination)
    out, err = running.communicate()
    assert running.returncode in (0, 1), err
    return _CHECKSUM.findall(out), time.perf_counter() - begun


def copied_rows(destination: str) -> int:
    """How many rows an unfinished copy has; 0 before it has begun."""
    with closing(Side(destination, ManualClock(NOW), 5.0, make=True)) as side:
        kept = side.unfinished()
    return json.loads(kept[1])["done"] if kept else 0


def copy_with_kills(
    source: str, destination: str, kills: int, rows: int, chance: random.Random
) -> tuple[list[str], float]:
    """Kills at places by chance, spread over so many rows, and then the end; the checksums, and
    the seconds of all runs."""
    begun = time.perf_counter()
    for number in range(kills):
        place = int(rows * (number + chance.uniform(0.1, 0.9)) / kills)
        running = begin(source, destination)
        while copied_rows(destination) < place:
            assert running.poll() is None, "it ended before it was killed; use more events"
            time.sleep(ASKED_EVERY_S)
        running.kill()
        running.communicate()
        done = copied_rows(destination)
        print(
            f"kill {number + 1}/{kills} at {done:,} rows of {rows:,}", file=sys.stderr, flush=True
        )
    checksums, _ = copy(source, destination)
    return checksums, time.perf_counter() - begun


def run(folder: Path, server: Server, options: argparse.Namespace) -> tuple[list, list[str]]:
    """Rows of the table, and every checksum that was told."""
    chance = random.Random(options.events)
    first, rows, seen = f"sqlite:{folder / 'first.db'}", [], []
    with closing(open_store(first, ManualClock(NOW), 5.0)[0]) as store:
        fill(store, options.events, options.contacts)
    for kills in (0, options.kills):
        with server.database() as name:
            middle = server.address(name)
            last = f"sqlite:{folder / f'last{kills}.db'}"
            for title, source, destination in (
                ("SQLite to PostgreSQL", first, middle),
                ("PostgreSQL to SQLite", middle, last),
            ):
                if kills:
                    found, seconds = copy_with_kills(
                        source, destination, kills, options.events, chance
                    )
                else:
                    found, seconds = copy(source, destination)
                rows.append([title, kills, seconds])
                seen += found
                print(f"{title}, {kills} kills: {found}", file=sys.stderr, flush=True)
    return rows, seen


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5, help="per direction")
    return parser.parse_args()


def main() -> None:
    options = parse()
    server = Server(fsync="on", synchronous_commit="on", full_page_writes="on")
    try:
        with tempfile.TemporaryDirectory(prefix="pastense-bench-") as folder:
            rows, seen = run(Path(folder), server, options)
    finally:
        server.stop()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    shown = [[title, kills, f"{seconds:.1f}"] for title, kills, seconds in rows]
    print_table(["copy", "kills", "seconds"], shown)
    same = len(seen) == 8 and len(set(seen)) == 1
    print(f"{len(seen)} checksums, {len(set(seen))} different; at most {peak:.0f} MB of memory")
    figures = {"events": options.events, "contacts": options.contacts, "kills": options.kills}
    save("copying", figures | {"rows": rows, "same": same, "memory_mb": round(peak)})
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
