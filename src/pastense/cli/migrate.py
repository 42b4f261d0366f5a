"""`pastense migrate --distribute`: lay a store out over the nodes of Citus, table by table."""

from __future__ import annotations

from pastense.cli.common import print_line
from pastense.store.address import is_postgresql, shown_address
from pastense.store.base import StoreRefused


def check_distributable(address: str) -> None:
    """Refuse a database that is on one machine by its nature, before anything is done to it."""
    if not is_postgresql(address):
        raise StoreRefused(
            f"--distribute needs a PostgreSQL database with the extension citus; "
            f"{shown_address(address)} is none"
        )


def distribute_tables(address: str) -> None:
    """Lay out the tables of a store that was migrated; one line for each as it is begun."""
    # Its library is loaded by those who use it only.
    from pastense.store.postgresql.citus.distributing import distribute

    moved = distribute(address, _show)
    words = f"{len(moved)} tables were laid out now" if moved else "nothing was left to do"
    print_line(f"The tables lie on the nodes of Citus; {words}.")


def _show(table: str, done: int, total: int) -> None:
    if table:
        print_line(f"Laying out {table} ({done} of {total} tables done) ...")
