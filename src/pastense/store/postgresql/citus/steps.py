"""Statements of several steps, where one would not do on tables that lie on several machines.

What stands between `-- first` and `-- then` is run before the rest, in the order of the text. A
later step names what an earlier one answered: `?rows1` is all rows of the first step as one JSON
text, `?found1` the first column of them as the text of an array, `?one1` the first of that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

Key = tuple[str, int]
"""("", index of a parameter), or ("rows", "found" or "one", index of a step)."""
Rows = list[tuple[Any, ...]]
_FIRST: Final = re.compile(r"-- first\n(.*?)-- then(?:\n|$)", re.DOTALL)
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\?(rows|found|one)?(\d*)")
STATEMENTS_KEPT_MAX: Final = 2_000
"""Searches are put together in very many ways; the others are a few hundred."""
_encode = msgspec.json.Encoder().encode


class Step(NamedTuple):
    """One statement as PostgreSQL spells it, and what its `$1`, `$2` are."""

    text: str
    keys: tuple[Key, ...]


@functools.lru_cache(maxsize=STATEMENTS_KEPT_MAX)
def split_steps(text: str) -> tuple[Step, ...]:
    """The steps of a statement, the one that answers last."""
    texts = [*_FIRST.findall(text), _FIRST.sub("", text)]
    return tuple(_spelled(one.strip()) for one in texts)


def values_of(step: Step, parameters: Sequence[Any], answers: Sequence[Rows]) -> list[Any]:
    """The parameters of one step; `answers` are the rows of those before it."""
    return [
        parameters[index] if not kind else _READERS[kind](answers[index])
        for kind, index in step.keys
    ]


def _spelled(text: str) -> Step:
    """`?` without a number takes the one after the highest so far, as in SQLite."""
    keys: dict[Key, int] = {}
    highest = 0

    def write(found: re.Match[str]) -> str:
        nonlocal highest
        if not found[0].startswith("?"):
            return found[0]
        number = int(found[2]) if found[2] else highest + 1
        if not found[1]:
            highest = max(highest, number)
        place = keys.setdefault((found[1] or "", number - 1), len(keys) + 1)
        return f"${place}"

    return Step(_TOKEN.sub(write, text), tuple(keys)) if "?" in text else Step(text, ())


def _rows_text(rows: Rows) -> str:
    return _encode(rows).decode()


def _array_text(rows: Rows) -> str:
    """The first column as PostgreSQL writes arrays."""
    return "{" + ",".join(_element(row[0]) for row in rows) + "}"


def _element(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _first(rows: Rows) -> object:
    return rows[0][0] if rows else None


_READERS: Final[dict[str, Callable[[Rows], object]]] = {
    "rows": _rows_text,
    "found": _array_text,
    "one": _first,
}
