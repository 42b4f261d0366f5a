"""Whether libpq takes an address."""

from __future__ import annotations

import psycopg

from pastense.store.address import shown_address
from pastense.store.base import StoreRefused


def check_address(address: str) -> str:
    """The address as libpq takes it; raises `StoreRefused` where it is none."""
    try:
        psycopg.conninfo.conninfo_to_dict(address)
    except (psycopg.ProgrammingError, UnicodeError) as error:
        # What libpq says may repeat a part of the address, and that a part of the password.
        raise StoreRefused(
            f"{shown_address(address)} is no address of a database; write "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with % codes for special characters"
        ) from error
    return address
