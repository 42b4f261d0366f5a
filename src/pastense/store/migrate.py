"""Numbered migrations: the files of a package, how each is to be run, and which are missing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from enum import Enum
from importlib.resources import files
from typing import Final

import msgspec

from pastense.store.base import StoreRefused

_NAME: Final = re.compile(r"(\d{4})_(\w+)(\.post)?\.sql")
_POST: Final = ".post"


class Way(Enum):
    """How the statements of a migration are run; the value is the line in its file that says so,
    and `TRANSACTION` needs none."""

    TRANSACTION = "-- in one transaction"
    OUTSIDE = "-- outside a transaction"
    STEPS = "-- in steps"


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: its number, its words, its statements. A `post` one is applied only
    once no server that knows less is alive."""

    number: int
    name: str
    statements: tuple[str, ...]
    post: bool = False
    way: Way = Way.TRANSACTION

    @property
    def recorded(self) -> str:
        """The name under which it is noted; older programs read from it what it was."""
        return self.name + (_POST if self.post else "")

    @property
    def words(self) -> str:
        """How messages call it."""
        return f"{self.number} ({shown_name(self.recorded)})"


def shown_name(recorded: str) -> str:
    """A recorded name in words."""
    words = recorded.removesuffix(_POST).replace("_", " ")
    return f"{words}, post" if recorded.endswith(_POST) else words


def load_migrations(package: str) -> list[Migration]:
    """All migrations in a package's `migrations` folder, by number."""
    folder = files(package).joinpath("migrations")
    read = [
        read_migration(entry.name, entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.is_file()
    ]
    return sorted(filter(None, read), key=lambda migration: migration.number)


def read_migration(filename: str, text: str) -> Migration | None:
    """The migration in a file; None where its name is not that of one."""
    matched = _NAME.fullmatch(filename)
    if not matched:
        return None
    return Migration(int(matched[1]), matched[2], _split(text), matched[3] is not None, _way(text))


def missing(
    migrations: list[Migration], applied: Mapping[int, str], where: str, *, goes_on: bool = False
) -> list[Migration]:
    """What is still to apply; `applied` are recorded names by number.

    Raises `StoreRefused` where the store is newer than we are. One that `goes_on`, as a process of
    a server that runs already, takes what was applied for newer programs, but for post ones.
    """
    known = {migration.number for migration in migrations}
    newer = {n for n, name in applied.items() if n not in known}
    if newer and not (goes_on and not any(applied[n].endswith(_POST) for n in newer)):
        raise StoreRefused(newer_words(where, max(newer), max(known)))
    return [migration for migration in migrations if migration.number not in applied]


def newer_words(where: str, applied: int, known: int) -> str:
    """What a program says of a store that is newer than itself."""
    return (
        f"{where} was written by a newer Pastense (migration {applied}; this program "
        f"knows {known}): install that version or newer"
    )


def bare(statement: str) -> str:
    """A statement without the comments before it."""
    lines = statement.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("--")):
        lines.pop(0)
    return "\n".join(lines)


def _way(script: str) -> Way:
    lines = {line.strip() for line in script.splitlines()}
    asked = [way for way in Way if way.value in lines]
    if len(asked) > 1:
        raise ValueError("a migration has one line that says how it is run")
    return asked[0] if asked else Way.TRANSACTION


def _split(script: str) -> tuple[str, ...]:
    """The statements of a script; a semicolon inside one does not end it."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if line.rstrip().endswith(";") and _is_whole(current):
            statements.append(current.strip())
            current = ""
    if any(line.strip() and not line.startswith("--") for line in current.splitlines()):
        statements.append(current.strip())
    return tuple(statements)


def _is_whole(text: str) -> bool:
    """Bodies of functions stand between two `$$`, which SQLite does not know."""
    return text.count("$$") % 2 == 0 and sqlite3.complete_statement(text)
