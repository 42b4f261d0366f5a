"""Numbered migrations: what a store lacks is applied in order, each in its own transaction."""

from __future__ import annotations

import re
import sqlite3
from importlib.resources import files

import msgspec

from pastense.store.base import StoreRefused

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: its number, its words, its statements."""

    number: int
    name: str
    statements: tuple[str, ...]


def load_migrations(package: str) -> list[Migration]:
    """All migrations in a package's `migrations` folder, by number."""
    found = []
    for entry in files(package).joinpath("migrations").iterdir():
        matched = _NAME.fullmatch(entry.name)
        if matched:
            statements = _split(entry.read_text("utf-8"))
            found.append(Migration(int(matched[1]), matched[2], statements))
    return sorted(found, key=lambda migration: migration.number)


def missing(migrations: list[Migration], applied: set[int], where: str) -> list[Migration]:
    """What is still to apply; raises `StoreRefused` where the store is newer than we are."""
    known = {migration.number for migration in migrations}
    if applied - known:
        raise StoreRefused(
            f"{where} was written by a newer Pastense (migration {max(applied)}; this program "
            f"knows {max(known)}): install that version or newer"
        )
    return [migration for migration in migrations if migration.number not in applied]


def _split(script: str) -> tuple[str, ...]:
    """The statements of a script; a semicolon inside one does not end it."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(current):
            statements.append(current.strip())
            current = ""
    if any(line.strip() and not line.startswith("--") for line in current.splitlines()):
        statements.append(current.strip())
    return tuple(statements)
