"""A newer Pastense: this one, with further migrations from a folder that a test fills.

As a program it is the command line: `python -m tests.support.newer FOLDER migrate ...`, which looks
every moment whether what waits may be applied.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pastense.store import migrate
from pastense.store.migrate import Migration, read_migration

ours = migrate.load_migrations
LOOK_EVERY_S = 0.2


def load_from(folder: Path) -> Callable[[str], list[Migration]]:
    """What takes the place of `load_migrations`: ours, and those in `folder/sqlite` or
    `folder/postgresql`."""

    def load(package: str) -> list[Migration]:
        files = sorted((folder / package.rpartition(".")[2]).glob("*.sql"))
        planted = [read_migration(file.name, file.read_text("utf-8")) for file in files]
        return ours(package) + [one for one in planted if one is not None]

    return load


def program(folder: Path) -> tuple[str, ...]:
    """How the newer program is called, for `start_server`."""
    return ("-m", "tests.support.newer", str(folder))


def main() -> None:
    """The command line of the newer program."""
    from pastense.cli.main import main as run
    from pastense.service import finishing

    migrate.load_migrations = load_from(Path(sys.argv.pop(1)))
    finishing.LOOK_EVERY_S = LOOK_EVERY_S
    run()


if __name__ == "__main__":
    main()
