"""What a store of some size takes: reasoned from measured bytes, by assumptions that are named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

PAGE_BYTES = 8_192
DAY_S = 86_400
PAIRS = ((10**6, 10**9), (10**7, 10**10), (10**8, 10**11), (10**9, 10**12))
"""(contacts, events)."""
LOGGED = ("without whole pages", "after a checkpoint")
"""The least and the most: it depends on how often checkpoints come and pages are written again."""
UNITS = ((10**15, "PB"), (10**12, "TB"), (10**9, "GB"), (10**6, "MB"))


def _assumed(value: float, words: str) -> float:
    return field(default=value, metadata={"words": words})


@dataclass(frozen=True)
class Assumed:
    """What nobody can measure for you."""

    kept_days: float = _assumed(1_095, "days over which all events came, evenly")
    whole_days: float = _assumed(365, "retention: days after which metadata is pruned")
    active_part: float = _assumed(0.1, "part of the contacts that is at work in an hour")
    names_each: float = _assumed(15, "event names of a contact: its summary rows")
    peak_times: float = _assumed(3, "the busiest hour against the mean")
    spare_times: float = _assumed(1.5, "disk for bloat, vacuum and rewriting, against the rows")
    machine_disk_tb: float = _assumed(8, "disk of one machine, TB")
    machine_memory_gb: float = _assumed(128, "memory of one machine for its page cache, GB")
    machine_events_s: float = _assumed(5_000, "events a second that one machine stores")

    @classmethod
    def names(cls) -> list[str]:
        return [one.name for one in fields(cls)]

    @classmethod
    def options(cls) -> dict[str, tuple[float, str]]:
        """Value and meaning by name."""
        return {one.name: (one.default, one.metadata["words"]) for one in fields(cls)}


def model_rows(found: Mapping[str, float], assumed: Assumed) -> list[list[str]]:
    """One row for each size of store."""
    rows = []
    for contacts, events in PAIRS:
        disk, hot = (
            disk_bytes(found, assumed, contacts, events),
            hot_bytes(found, assumed, contacts, events),
        )
        per_s = events / assumed.kept_days / DAY_S
        logs = [found[f"log, groups of 16, {when}"] * per_s * DAY_S for when in LOGGED]
        needs = [
            disk / (assumed.machine_disk_tb * 10**12),
            hot / (assumed.machine_memory_gb * 10**9),
            per_s * assumed.peak_times / assumed.machine_events_s,
        ]
        counted = [math.ceil(need) for need in needs]
        shown = [show_bytes(disk), show_bytes(hot), f"{per_s:,.0f}"]
        shown += map(show_bytes, logs)
        name = f"10^{math.log10(contacts):.0f} contacts, 10^{math.log10(events):.0f} events"
        rows.append([name, *shown, *map(str, counted), str(max(counted))])
    return rows


def disk_bytes(found: Mapping[str, float], assumed: Assumed, contacts: int, events: int) -> float:
    """Rows and indexes with spare room; pruned events have been overwritten by later ones."""
    whole = events * min(1.0, assumed.whole_days / assumed.kept_days)
    rows = whole * found["event heap, metadata 200"]
    rows += (events - whole) * found["pruned heap, written anew"]
    rows += events * found["event index, metadata 200"]
    rows += contacts * assumed.names_each * (found["summary heap"] + found["summary index"])
    rows += contacts * (found["contact heap"] + found["contact index"])
    return rows * assumed.spare_times


def hot_bytes(found: Mapping[str, float], assumed: Assumed, contacts: int, events: int) -> float:
    """The pages that storing touches again and again: of each active contact the last page of its
    events in the index, and where its summaries lie; never more than all of them."""
    active = contacts * assumed.active_part
    summaries = contacts * assumed.names_each
    wholes = (
        events * found["event index, metadata 200"],
        summaries * found["summary index"],
        contacts * found["contact index"],
    )
    # The rows of a contact's summaries came one by one: each lies in a page of its own.
    scattered = min(active * assumed.names_each * PAGE_BYTES, summaries * found["summary heap"])
    people = min(active * PAGE_BYTES, contacts * found["contact heap"])
    return scattered + people + sum(min(active * PAGE_BYTES, whole) for whole in wholes)


def show_bytes(value: float) -> str:
    """With the largest unit that leaves at least one."""
    for size, unit in UNITS:
        if value >= size:
            return f"{value / size:,.1f} {unit}"
    return f"{value:,.0f} B"
