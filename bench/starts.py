"""How long imports and a start take, and that the client brings nothing of the server along."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from tests.support.server import clean_environment, running_server

from bench.large import start_medians
from bench.rig import Served, create_contacts

TIMES = 9
TIMED = "import time; t = time.perf_counter(); import {0}; print((time.perf_counter() - t) * 1e3)"
LOADED = "import sys, pastense, pastense.client; print(*sys.modules)"
OF_THE_SERVER = ("uvicorn", "starlette", "uvloop", "httptools", "psycopg", "sqlite3")
ROOMS_OF_THE_SERVER = ("web", "store", "service", "cli", "compat")


def say(code: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def import_ms(module: str) -> float:
    return statistics.median(float(say(TIMED.format(module))) for _ in range(TIMES))


def server_modules_of_the_client() -> list[str]:
    """What a client alone loads of the server; nothing is what it should."""
    loaded = say(LOADED).split()
    rooms = {f"pastense.{room}" for room in ROOMS_OF_THE_SERVER}
    return [name for name in loaded if name in OF_THE_SERVER or name in rooms]


def starts(folder: Path) -> dict[str, float]:
    """Medians in milliseconds; the start is that of a store with one contact."""
    found = server_modules_of_the_client()
    assert not found, f"the client loads code of the server: {found}"
    path = folder / "starts.db"
    with running_server(f"sqlite:{path}") as server:
        token = server.token()
        create_contacts(Served(server.port, server.process.pid, token), 1)
    wall, cpu = start_medians(path, token)
    return {
        "import_ms": import_ms("pastense"),
        "import_client_ms": import_ms("pastense.client"),
        "start_ms": wall,
        "start_cpu_ms": cpu,
    }
