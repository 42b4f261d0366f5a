"""All names come from `pastense.compat`, and none is loaded before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pastense import compat

ISSUED = [
    "ApiException",
    "ApiResponseWithoutDeserialization",
    "AsyncRawDataEventsClient",
    "ClientOptions",
    "CreateDataEventRequest",
    "CreateDataEventSummariesRequest",
    "DataEventList",
    "DataEventSummary",
    "Error",
    "Intercom",
    "IntercomApiError",
    "IntercomError",
    "IntercomHttpResponse",
    "IntercomVersion",
    "LisDataEventsRequest",
    "RequestOptions",
    "UnauthorizedError",
    "createdataevent",
    "unset",
]


def loaded_after(statement: str) -> set[str]:
    """The modules that are there after one statement in a fresh interpreter."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("name", compat.__all__)
def test_every_name_is_there(name):
    thing = getattr(compat, name)
    home = getattr(thing, "__module__", "pastense.compat.values")
    assert home.startswith("pastense.compat")


def test_what_was_promised_is_among_them():
    assert set(ISSUED) <= set(compat.__all__)
    assert dir(compat) == sorted(compat.__all__)
    assert len(compat.__all__) == len(set(compat.__all__))


def test_every_name_has_one_home():
    assert sorted(compat._HOME_OF) == sorted(compat.__all__)
    assert sum(map(len, compat._HOMES.values())) == len(compat.__all__)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="no 'Nothing'"):
        compat.Nothing  # noqa: B018
    with pytest.raises(ImportError):
        exec("from pastense.compat import Nothing")


def test_names_are_loaded_when_they_are_asked_for():
    bare = loaded_after("import pastense.compat")
    assert {m for m in bare if m.startswith("pastense.compat.")} == set()
    assert "msgspec" not in bare
    generated = loaded_after("from pastense.compat import Intercom")
    assert "pastense.compat.generated" in generated
    assert not {"asyncio", "aiohttp", "pastense.compat.aio_raw"} & generated
    assert "asyncio" in loaded_after("from pastense.compat import AsyncRawDataEventsClient")


def test_no_surface_loads_the_server():
    every = loaded_after("from pastense.compat import *")
    assert "pastense.compat.aio_raw" in every
    assert not {"uvicorn", "starlette", "pastense.web", "pastense.service"} & every
