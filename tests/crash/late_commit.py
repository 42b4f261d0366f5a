"""The control of the test that kills PostgreSQL: a server whose commits do not wait for the disk.

It is the product with the one setting turned round on which the promise rests; the
verification must see what is lost.
"""

from __future__ import annotations

import importlib

from pastense.store.postgresql.connection import PostgresqlConnection

_settle = PostgresqlConnection._settle


def _settle_carelessly(connection: PostgresqlConnection, lock_timeout_s: float) -> None:
    _settle(connection, lock_timeout_s)
    connection.raw.execute("SET synchronous_commit = off")


if __name__ == "__main__":
    PostgresqlConnection._settle = _settle_carelessly
    main = importlib.import_module("pastense.cli.main").main
    main()
