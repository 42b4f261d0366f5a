"""What a copy says differently to SQLite and to PostgreSQL: how it writes many rows, how it keeps
others from writing, and which number a table has given last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from pastense.store.address import is_postgresql
from pastense.store.copying.tables import TABLES, Table
from pastense.store.relational.connection import Connection

Row = tuple[Any, ...]


class Dialect(Protocol):
    """One kind of database."""

    kind: str

    def place(self, connection: Connection) -> str:
        """Which database this is, however its address is written."""
        ...

    def hold(self, connection: Connection) -> None:
        """Within an open transaction: nobody else writes until its end."""
        ...

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, which are not there yet."""
        ...

    def last_number(self, connection: Connection, table: Table) -> int | None:
        """The last number that a table has given; None where this database does not remember."""
        ...

    def set_last_number(self, connection: Connection, table: Table, number: int) -> None:
        """Go on behind that number, where this database remembers."""
        ...

    def settle(self, connection: Connection) -> None:
        """Make a filled database ready for questions."""
        ...


class _Sqlite:
    kind = "sqlite"

    def place(self, connection: Connection) -> str:
        return str(connection.execute("PRAGMA database_list").fetchone()[2])

    def hold(self, connection: Connection) -> None:
        """A transaction that may write is alone in that already."""

    def insert(self, connection: Any, table: Table, rows: Sequence[Row]) -> None:  # noqa: ANN401 (a SqliteConnection)
        if self.kind in table.kept:
            connection.executemany(table.kept[self.kind].write, rows)
            return
        places = ", ".join("?" * len(table.columns))
        columns = ", ".join(table.columns)
        connection.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", rows)  # noqa: S608 (our own names)

    def last_number(self, connection: Connection, table: Table) -> int | None:
        if not self._remembers(connection, table):
            return None
        statement = "SELECT seq FROM sqlite_sequence WHERE name = ?1"
        row = connection.execute(statement, (table.name,)).fetchone()
        return int(row[0]) if row else 0

    def set_last_number(self, connection: Connection, table: Table, number: int) -> None:
        if self._remembers(connection, table):
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?1", (table.name,))
            statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)"
            connection.execute(statement, (table.name, number))

    def settle(self, connection: Connection) -> None:
        """There is nothing to do."""

    def _remembers(self, connection: Connection, table: Table) -> bool:
        statement = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1"
        return "AUTOINCREMENT" in connection.execute(statement, (table.name,)).fetchone()[0]


class _Postgresql:
    kind = "postgresql"

    def place(self, connection: Connection) -> str:
        statement = (
            "SELECT s.system_identifier, d.oid FROM pg_control_system() AS s, pg_database AS d "
            "WHERE d.datname = current_database()"
        )
        return "/".join(map(str, connection.execute(statement).fetchone()))

    def hold(self, connection: Connection) -> None:
        names = dict.fromkeys(table.inside(self.kind) for table in TABLES)
        connection.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")

    def insert(self, connection: Any, table: Table, rows: Sequence[Row]) -> None:  # noqa: ANN401 (a PostgresqlConnection)
        if self.kind in table.kept:
            for row in rows:
                connection.execute(table.kept[self.kind].write, row)
            return
        statement = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
        with connection.raw.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def last_number(self, connection: Connection, table: Table) -> int | None:
        statement = (
            "SELECT coalesce(max(last_value), 0) FROM pg_sequences WHERE "
            "format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence(?1, 'number')"
        )
        return int(connection.execute(statement, (table.name,)).fetchone()[0])

    def set_last_number(self, connection: Connection, table: Table, number: int) -> None:
        if number:
            statement = "SELECT setval(pg_get_serial_sequence(?1, 'number'), ?2::bigint)"
            connection.execute(statement, (table.name, number))

    def settle(self, connection: Connection) -> None:
        connection.execute("ANALYZE")


_SQLITE: Final[Dialect] = _Sqlite()
_POSTGRESQL: Final[Dialect] = _Postgresql()


def dialect_of(address: str) -> Dialect:
    """How to speak to the database of an address."""
    return _POSTGRESQL if is_postgresql(address) else _SQLITE
