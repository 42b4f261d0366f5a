"""An event that a group has stored, on its way to those who keep books of it."""

from __future__ import annotations

import msgspec

from pastense.model import NewEvent


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An event that was new: its index in the group, where it belongs, whether it was so old that
    it was stored without its metadata, and whether it has metadata where its contact's events had
    lost theirs already."""

    index: int
    event: NewEvent
    contact: int
    slot: int
    pruned: bool
    late: bool
