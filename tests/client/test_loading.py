"""What an import loads: nothing that is not needed, and never the other side of the wire."""

from __future__ import annotations

import subprocess
import sys

import pytest

SERVER = ("pastense.store", "pastense.service", "pastense.web", "starlette", "uvicorn", "sqlite3")
ASYNC = ("aiohttp", "yarl")
CLIENT = ("pastense.client", "pastense.compat", "pastense.errors", "msgspec", *ASYNC)
OTHERS = ("opentelemetry", "pytest", "pastense.testing", "pastense.cli")


def loaded(statement: str) -> set[str]:
    """The modules that are there after a statement, in a fresh interpreter."""
    program = f"import sys\n{statement}\nsys.stdout.write(' '.join(sys.modules))"
    arguments = [sys.executable, "-c", program]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=True)
    return set(done.stdout.split())


def among(names: set[str], rooms: tuple[str, ...]) -> set[str]:
    """Those that are one of the rooms, or in one."""
    return {name for name in names if name.startswith(tuple(f"{r}." for r in rooms))} | (
        names & set(rooms)
    )


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import pastense", (*CLIENT, *SERVER, *OTHERS)),
        ("import pastense; dir(pastense); pastense.__version__", (*CLIENT, *SERVER, *OTHERS)),
        ("from pastense import Client", (*SERVER, *ASYNC, *OTHERS, "pastense.client.tracking")),
        ("import pastense.client.sync_client", (*SERVER, *ASYNC, *OTHERS)),
        ("from pastense import AsyncClient", (*SERVER, *OTHERS, "pastense.client.tracking")),
        ("from pastense import Money, Event", (*SERVER, *ASYNC, *OTHERS)),
        ("import pastense.web.server", ("pastense.client", *ASYNC)),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement, unwanted):
    assert among(loaded(statement), unwanted) == set()


def test_what_is_loaded_is_found():
    names = loaded("from pastense import AsyncClient; import pastense.web.server")
    assert among(names, ("aiohttp",)) >= {"aiohttp", "aiohttp.client"}
    assert among(names, ("uvicorn", "pastense.store"))
