"""Who is seen on a database; what a migration does then is tested in tests/store."""

from __future__ import annotations

from pastense.store.postgresql.connection import PostgresqlConnection
from pastense.store.postgresql.presence import Presence, lower_words
from tests.support.postgresql import shared_server


def test_the_words_stay_the_same_while_connections_come_and_go():
    server = shared_server()
    with server.database() as name:
        opened = [PostgresqlConnection(server.address(name), 1.0) for _ in range(3)]
        asking, *older = opened
        said = [lower_words(asking, 12)]
        for one in older:
            Presence(11, "").announce(one)
            said.append(lower_words(asking, 12))
        Presence(12, "").announce(asking)
        assert lower_words(asking, 11) is None
        words = "an older Pastense, which knows migration 11, is still connected from "
        assert said == [None, *[words + "the machine of the database"] * 2]
        for one in opened:
            one.close()
