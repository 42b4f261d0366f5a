"""What the tracker's parts hand to each other: an event that waits, why one was dropped, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec

from pastense.errors import ApiError

DropKind = Literal[
    "queue_full",
    "spool_full",
    "spool_failed",
    "unknown_contact",
    "refused",
    "closed",
    "outcome_unknown",
]
WhenFull = Literal["block", "spool", "drop"]

_SENTENCES: Final[dict[str, str]] = {
    "queue_full": "as many events wait as may wait; the server is slower than the events come",
    "spool_full": "the spool has as many bytes as it may have",
    "spool_failed": "the spool cannot be written",
    "unknown_contact": "the contact is not known; it was asked for long enough, or too many wait",
    "refused": "the server refused the event",
    "closed": "the tracker was closed before the event was sent",
    "outcome_unknown": "the tracker was closed before an answer said whether the event was stored",
}


class DropReason(msgspec.Struct, frozen=True):
    """Why an event was dropped. `error` is the server's refusal, or the disk's error.
    `after_no_answer`: the refusal followed an attempt that was not answered. The server decides on
    the same event the same way, so it is missing; unless somebody changed its contact in between.
    """

    kind: DropKind
    error: ApiError | OSError | None = None
    after_no_answer: bool = False

    def __str__(self) -> str:
        sentence = _SENTENCES[self.kind]
        return sentence if self.error is None else f"{sentence}: {self.error}"


OnDrop = Callable[[dict[str, Any], DropReason], object]
"""Called with the event as it was to be sent, and the reason."""


class Item(msgspec.Struct, eq=False):
    """One event that waits: its JSON, when it was tracked (epoch seconds), where the spool has it
    (`segment` is None without one), and how often its contact was not known."""

    body: bytes
    tracked_at: float
    segment: Any = None
    index: int = 0
    attempts: int = 0


class TrackerStats(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events so far, in this process.

    Once nothing moves, tracked + recovered = sent + duplicates + dropped_total + outcome_unknown +
    queued.
    """

    tracked: int = 0
    """Calls of `track` that returned, those that dropped the event included."""
    recovered: int = 0
    """Events found in the spool that an earlier process left."""
    sent: int = 0
    """Taken by the server and new to it, as far as it says."""
    duplicates: int = 0
    """The server had them: a repeat, or the answer to an earlier attempt was lost."""
    dropped: Mapping[str, int] = {}
    """By the kind of the reason: the server has none of these."""
    outcome_unknown: int = 0
    """Told to `on_drop` at the end, as no answer came that says whether the server has them."""
    queued: int = 0
    """Waiting in this process: in memory, on disk, under way, or for their contact."""
    spooled: int = 0
    """Events in the spool's files that are not settled."""
    waiting_for_contact: int = 0
    """Of those that are queued: the server does not know their contact yet."""
    retried: int = 0
    """Requests that were sent again."""
    repeats: int = 0
    """Events of the same contact, name and second as one before: one event to the server."""

    @property
    def dropped_total(self) -> int:
        """All dropped events, whatever the reason."""
        return sum(self.dropped.values())


class Progress(NamedTuple):
    """How far something is: events of this process, and events that were taken over."""

    own: int
    recovered: int = 0

    def reaches(self, mark: Progress) -> bool:
        """Whether this is as far as the mark, in both."""
        return self.own >= mark.own and self.recovered >= mark.recovered


class EventQueue(Protocol):
    """Where tracked events wait. `full` and `put` are called under the tracker's lock; the counts
    may be read by anybody; the rest is for the sender's thread alone."""

    lost: int
    """Events that could not be read back."""

    def full(self, size_bytes: int) -> DropKind | None:
        """Which bound one more event would break, None where it fits."""
        ...

    def put(self, body: bytes, tracked_at: float) -> None:
        """Keep one event. Raises `OSError` where the spool cannot be written."""
        ...

    def take(self, items_max: int, bytes_max: int) -> list[Item]:
        """The next events, first in first out; the bodies together have at most `bytes_max`
        bytes, or there is one. Empty where none waits."""
        ...

    def settle(self, items: list[Item]) -> None:
        """These were sent or dropped: forget them."""
        ...

    def relocate(self, items: list[Item]) -> None:
        """These will wait for long: see that they do not hold up what is beside them."""
        ...

    def put_count(self) -> Progress:
        """How many events were put, and how many were taken over."""
        ...

    def taken_count(self) -> Progress:
        """How many of each were taken."""
        ...

    def spooled(self) -> int:
        """Events on disk that are not settled."""
        ...

    def adopt(self) -> int:
        """Take over what dead processes left; how many events that is."""
        ...

    def close(self) -> None:
        """Let go of the files, and remove those that nobody needs."""
        ...

    def abandon(self) -> None:
        """After a fork, in the child: let go of what belongs to the parent, change nothing."""
        ...
