"""One connection to a database of the shared server, for the tests of what lies beneath stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pastense.store.postgresql.connection import PostgresqlConnection
from tests.support.postgresql import shared_server


@pytest.fixture
def connection() -> Iterator[PostgresqlConnection]:
    server = shared_server()
    with server.database() as name:
        opened = PostgresqlConnection(server.address(name), 0.05)
        yield opened
        opened.close()
