"""Event names within a write: their slots and the limit of active names."""

from __future__ import annotations

from collections.abc import Iterable

from pastense.errors import too_many_names
from pastense.limits import SLOTS_MAX
from pastense.model import Refused, WritePolicy
from pastense.store.relational.connection import Connection
from pastense.store.relational.events.appending import need_alone
from pastense.store.relational.events.statements import run_rows

Name = tuple[int, str]
"""(workspace, name)."""
Slot = tuple[int, int]
"""(workspace, slot)."""
NAMES_CACHED_MAX = 100_000


class NameCache:
    """Slots and tracked keys that are known to be on disk. Slots never change and tracked keys
    are only ever added, so what stands here stays true in every process."""

    def __init__(self) -> None:
        self.slots: dict[Name, int] = {}
        self.keys: dict[Slot, set[str]] = {}

    def add(self, slots: dict[Name, int], keys: dict[Slot, set[str]]) -> None:
        """Remember what was just committed."""
        if len(self.slots) + len(slots) > NAMES_CACHED_MAX:
            self.clear()
        self.slots.update(slots)
        self.keys.update(keys)

    def clear(self) -> None:
        """Forget everything: what stood here is no longer on disk."""
        self.slots.clear()
        self.keys.clear()


class NameWriter:
    """The names of one group, in one open transaction. `new_slots` goes into the cache once it
    is committed."""

    def __init__(self, connection: Connection, cache: NameCache, policy: WritePolicy) -> None:
        self._connection = connection
        self._cache = cache
        self._policy = policy
        self.new_slots: dict[Name, int] = {}

    def slots(self, names: Iterable[Name]) -> dict[Name, int | Refused]:
        """The slot of each name; new names get the next ones, in order of appearance."""
        cached = self._cache.slots
        slots: dict[Name, int | Refused] = {}
        missing: dict[Name, None] = {}
        for name in names:
            slot = cached.get(name)
            if slot is None:
                missing[name] = None
            else:
                slots[name] = slot
        if missing:
            slots.update(self._find_or_add(list(missing)))
        return slots

    def _find_or_add(self, names: list[Name]) -> dict[Name, int | Refused]:
        slots: dict[Name, int | Refused] = {}
        for workspace, name, slot in run_rows(self._connection, "known_slots", names):
            slots[workspace, name] = self.new_slots[workspace, name] = slot
        added = [name for name in names if name not in slots]
        if added:
            slots.update(self._add_names(added))
        return slots

    def _add_names(self, names: list[Name]) -> dict[Name, int | Refused]:
        need_alone(self._connection)
        workspaces = sorted({name[0] for name in names})
        next_slots = {
            w: slot or 0 for w, slot in run_rows(self._connection, "next_slots", workspaces)
        }
        limited = [w for w in workspaces if self._policy.of(w).event_names_max]
        active = dict(run_rows(self._connection, "active_names", limited)) if limited else {}
        slots: dict[Name, int | Refused] = {}
        rows = []
        for workspace, name in names:
            slot, names_max = next_slots[workspace], self._policy.of(workspace).event_names_max
            if slot >= SLOTS_MAX or (names_max and active.get(workspace, 0) >= names_max):
                slots[workspace, name] = _too_many_names(names_max or SLOTS_MAX)
                continue
            next_slots[workspace] = slot + 1
            active[workspace] = active.get(workspace, 0) + 1
            slots[workspace, name] = self.new_slots[workspace, name] = slot
            rows.append((workspace, slot, name))
        run_rows(self._connection, "insert_names", rows, self._policy.now)
        return slots


def _too_many_names(names_max: int) -> Refused:
    return Refused("422", too_many_names(names_max))
