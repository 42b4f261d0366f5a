"""The PostgreSQL store: one database for any number of server processes."""

from __future__ import annotations

from typing import Final

from pastense.clock import Clock
from pastense.store import migrate
from pastense.store.postgresql.address import check_address
from pastense.store.postgresql.database import Database
from pastense.store.postgresql.surgery import PostgresqlSurgery
from pastense.store.relational.schema import Schema
from pastense.store.relational.store import RelationalStore
from pastense.store.statements import Statements

LEAVING: Final = Statements("leaving.sql")
_HOLDING_PEOPLE: Final = (
    *("events", "summaries", "contacts", "contact_tags", "deliveries", "job_errors", "merges"),
)
"""The tables from which people are erased."""


class PostgresqlStore(RelationalStore):
    """One open database with its rooms; see `store.base.Store`."""

    groups_at_once = 2
    """While one waits for the disk the other is on its way; a third only makes groups smaller."""

    def __init__(self, address: str, clock: Clock, busy_timeout_s: float) -> None:
        migrations = migrate.load_migrations("pastense.store.postgresql")
        self._database = Database(check_address(address), busy_timeout_s, migrations[-1].number)
        schema = Schema(PostgresqlSurgery(self._database), migrations, clock, self._database.label)
        super().__init__(self._database, self._scrub, schema)
        self._database.open()

    def limit_waiting(self) -> None:
        """A database that does not answer has its connections ended after a minute."""
        self._database.limit_waiting()

    def _scrub(self) -> bool:
        """The rows of erased people are removed from their pages; nothing is left then."""
        if not self._database.query(LEAVING["scrub_is_due"]):
            return False
        with self._database.writing() as connection:
            connection.execute(LEAVING["set_scrub_state"], (0, 1, None))
        self._database.vacuum(_HOLDING_PEOPLE)
        with self._database.writing() as connection:
            # Whoever erased something meanwhile wants another round.
            wanted = connection.execute(LEAVING["scrub_state"]).fetchall()[0][0]
            connection.execute(LEAVING["set_scrub_state"], (wanted, 0, None))
        return bool(wanted)
