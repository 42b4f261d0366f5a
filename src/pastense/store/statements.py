"""Statements by their names, and the words that a database has for each of them.

A room says `SQL["insert"]`; what that is in the words of SQLite or PostgreSQL stands in the file of
the same name in that database's folder, and is looked up when it is run.
"""

from __future__ import annotations

from collections.abc import Callable

from pastense.store.queries import Queries

Part = tuple[str, str] | str
"""(file, name) of a statement, or words that every database understands."""


class Statement:
    """A statement, or a piece of one; pieces are put together with `+`."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Part) -> None:
        self.parts = parts

    def __add__(self, other: Statement | str) -> Statement:
        return Statement(*self.parts, *_parts(other))

    def __radd__(self, other: str) -> Statement:
        return Statement(*_parts(other), *self.parts)


def _parts(piece: Statement | str) -> tuple[Part, ...]:
    return (piece,) if isinstance(piece, str) else piece.parts


class Statements:
    """The statements of one .sql file, by name."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._known: dict[str, Statement] = {}

    def __getitem__(self, name: str) -> Statement:
        statement = self._known.get(name)
        if statement is None:
            statement = self._known[name] = Statement((self._filename, name))
        return statement


class Texts:
    """The words of one database for all statements. An unknown name is a KeyError."""

    def __init__(
        self, package: str, spell: Callable[[str], str] = str, others: Texts | None = None
    ) -> None:
        """`package` is the folder of the .sql files; `spell` adapts whole statements. `others` has
        the words of the statements that the folder does not have."""
        self._package = package
        self._spell = spell
        self._others = others
        self._files: dict[str, Queries] = {}
        self._whole: dict[Statement, str] = {}

    def file(self, filename: str) -> Queries:
        """All statements of one file."""
        if filename not in self._files:
            others = self._others.file(filename) if self._others is not None else None
            self._files[filename] = Queries(self._package, filename, others)
        return self._files[filename]

    def text(self, statement: Statement | str) -> str:
        """What to send to the database."""
        if isinstance(statement, str):
            return self._spell(statement)
        text = self._whole.get(statement)
        if text is None:
            text = self._spell("".join(self._word(part) for part in statement.parts))
            if len(statement.parts) == 1:
                self._whole[statement] = text  # Of these there are only as many as names.
        return text

    def _word(self, part: Part) -> str:
        return part if isinstance(part, str) else self.file(part[0])[part[1]]
