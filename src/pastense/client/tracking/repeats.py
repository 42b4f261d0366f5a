"""Notice events that the server takes for one: same contact, same name, same second."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

KEYS_REMEMBERED_MAX: Final = 4_096
"""Keys in each of two generations; the older one is forgotten whole."""


class Repeats:
    """Counts repeats within a bounded memory; of those further apart it knows nothing."""

    def __init__(self) -> None:
        self.count = 0
        self._young: set[Hashable] = set()
        self._old: set[Hashable] = set()

    def see(self, key: Hashable) -> bool:
        """Remember a key; whether it was seen before."""
        if key in self._young or key in self._old:
            self.count += 1
            return True
        self._young.add(key)
        if len(self._young) >= KEYS_REMEMBERED_MAX:
            self._young, self._old = set(), self._young
        return False
