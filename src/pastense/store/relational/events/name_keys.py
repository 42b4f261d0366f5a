"""The metadata keys of names within a write: which are tracked, dropped and counted as ignored.

Source: decisions.md "Submitting an event".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from pastense.limits import IGNORED_KEYS_MAX, METADATA_KEY_CHARACTERS_MAX
from pastense.model import WritePolicy
from pastense.store.relational.connection import Connection
from pastense.store.relational.events.appending import need_alone
from pastense.store.relational.events.names import NameCache, Slot
from pastense.store.relational.events.statements import run_rows
from pastense.store.relational.events.stored import Stored

OTHER_KEYS: Final = ""
"""Stands for the ignored keys that are not counted by name."""
Ignored = dict[int, tuple[str, ...]]
"""The keys that were left out of events, by the event's index in its group."""
_NO_KEYS: frozenset[str] = frozenset()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class KeyWriter:
    """The keys of one group, in one open transaction. `new_keys` goes into the cache once it is
    committed."""

    def __init__(self, connection: Connection, cache: NameCache, policy: WritePolicy) -> None:
        self._connection = connection
        self._cache = cache
        self._policy = policy
        self.new_keys: dict[Slot, set[str]] = {}

    def write(self, stored: Mapping[int, Stored]) -> Ignored:
        """Track the keys of the events stored now, drop those that may not stay and count what
        was left out, by the event's index. An event without metadata has no keys."""
        whole = {index: one for index, one in stored.items() if not one.pruned}
        self._track(list(whole.values()))
        ignored = {
            index: one.event.keys_ignored for index, one in whole.items() if one.event.keys_ignored
        }
        for index, keys in self._drop_untracked(whole).items():
            ignored[index] = ignored.get(index, ()) + keys
        if ignored:
            self._count(whole, ignored)
        return ignored

    def _track(self, stored: Sequence[Stored]) -> None:
        """The first distinct keys of a name become its tracked keys. What is tracked already is
        looked up once, also where no more may be added."""
        candidates: dict[Slot, dict[str, str]] = {}
        tracked: dict[Slot, Collection[str] | None] = {}
        for one in stored:
            event = one.event
            slot = (event.workspace, one.slot)
            if slot not in tracked:
                tracked[slot] = self._with_room(slot)
            known = tracked[slot]
            if known is not None:
                for key, kind in event.keys:
                    if key not in known:
                        candidates.setdefault(slot, {}).setdefault(key, kind)
        if candidates:
            self._add(candidates)

    def _with_room(self, slot: Slot) -> Collection[str] | None:
        """The tracked keys that are known of a name; None where no more may be added."""
        known = self._cache.keys.get(slot)
        if known is None:
            return _NO_KEYS
        return known if len(known) < self._policy.of(slot[0]).tracked_keys_max else None

    def _add(self, candidates: dict[Slot, dict[str, str]]) -> None:
        kept: dict[Slot, set[str]] = {slot: set() for slot in candidates}
        for workspace, slot, key in run_rows(self._connection, "tracked_keys", list(candidates)):
            kept[workspace, slot].add(key)
        rows = []
        for (workspace, slot), keys in candidates.items():
            known, keys_max = kept[workspace, slot], self._policy.of(workspace).tracked_keys_max
            for key, kind in keys.items():
                if key not in known and len(known) < keys_max:
                    rows.append((workspace, slot, len(known), key, kind))
                    known.add(key)
        if rows:
            need_alone(self._connection)
            run_rows(self._connection, "insert_keys", rows)
        self.new_keys.update(kept)

    def _drop_untracked(self, stored: Mapping[int, Stored]) -> Ignored:
        """Where a workspace enforces tracked keys, the others leave the stored metadata."""
        dropped: Ignored = {}
        rows = []
        workspaces = {one.event.workspace for one in stored.values()}
        strict = {w for w in workspaces if self._policy.of(w).tracked_keys_enforced}
        for index, one in stored.items() if strict else ():
            event = one.event
            if not event.keys or event.workspace not in strict:
                continue
            tracked = self._tracked((event.workspace, one.slot))
            left_out = tuple(key for key, _ in event.keys if key not in tracked)
            if left_out:
                dropped[index] = left_out
                metadata = _without(event.metadata, left_out)
                rows.append((one.contact, event.created_at, one.slot, metadata))
        if rows:
            run_rows(self._connection, "replace_metadata", rows)
        return dropped

    def _tracked(self, slot: Slot) -> set[str] | frozenset[str]:
        found = self.new_keys.get(slot)
        return self._cache.keys.get(slot, _NO_KEYS) if found is None else found

    def _count(self, stored: Mapping[int, Stored], ignored: Ignored) -> None:
        """Count by name at most so many keys of each event name, the others together."""
        counts: dict[Slot, Counter[str]] = {}
        for index, keys in ignored.items():
            one = stored[index]
            slot = (one.event.workspace, one.slot)
            counts.setdefault(slot, Counter()).update(map(_countable, keys))
        known: dict[Slot, set[str]] = {slot: set() for slot in counts}
        for workspace, slot, key in run_rows(self._connection, "ignored_keys", list(counts)):
            known[workspace, slot].add(key)
        if any(keys.keys() - known[slot] for slot, keys in counts.items()):
            need_alone(self._connection)
        rows = [
            (*slot, key, count)
            for slot, found in counts.items()
            for key, count in _limited(found, known[slot]).items()
        ]
        run_rows(self._connection, "add_to_ignored_keys", rows)


def _without(metadata: str, keys: Sequence[str]) -> str:
    """The metadata text without some keys; what stays keeps its bytes."""
    fields = _decode(metadata)
    for key in keys:
        del fields[key]
    return _encode(fields).decode()


def _countable(key: str) -> str:
    """A key as it is counted: one that is too long to be a metadata key has no name."""
    return key if len(key) <= METADATA_KEY_CHARACTERS_MAX else OTHER_KEYS


def _limited(found: Counter[str], known: set[str]) -> Counter[str]:
    """The counts with the keys beyond the bound put together. `known` grows with each new one."""
    named = known - {OTHER_KEYS}
    limited: Counter[str] = Counter()
    for key, count in found.items():
        if key != OTHER_KEYS and (key in named or len(named) < IGNORED_KEYS_MAX):
            named.add(key)
            limited[key] = count
        else:
            limited[OTHER_KEYS] += count
    return limited
