"""Read named SQL statements from .sql files: `-- name: words` begins each one."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

_AS = "-- as: "


class Queries:
    """The statements of one .sql file, looked up by name; an unknown name is a KeyError."""

    def __init__(self, package: str, filename: str, others: Queries | None = None) -> None:
        """`others` are the statements that the file does not have; with them it may be missing."""
        file = files(package).joinpath(filename)
        self._statements = {} if others is None else dict(others.items())
        if others is None or file.is_file():
            self._statements |= dict(_named_statements(file.read_text("utf-8")))

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def names(self) -> list[str]:
        """All names, in the order of the file."""
        return list(self._statements)

    def items(self) -> Iterable[tuple[str, str]]:
        """All names with their statements."""
        return self._statements.items()


def _named_statements(text: str) -> list[tuple[str, str]]:
    blocks = text.split("-- name: ")[1:]
    found = {block.partition("\n")[0].strip(): block.partition("\n")[2].strip() for block in blocks}
    return [(name, _same_as(found, statement)) for name, statement in found.items()]


def _same_as(found: dict[str, str], statement: str) -> str:
    """`-- as: name` stands for the statement of that name."""
    return found[statement.removeprefix(_AS)] if statement.startswith(_AS) else statement
