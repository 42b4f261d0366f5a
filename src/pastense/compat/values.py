"""The sentinel of what was not given and of what an answer lacks, and the type of JSON."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""Whatever a decoded JSON text can be, or a model."""


class Unset:
    """The type of `unset`, which is its only value and counts as false."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "unset"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "unset"  # A copy and what was pickled are this same object again.


unset: Final = Unset()
