"""The crash test's own books: what was sent, and what of it was acknowledged."""

from __future__ import annotations

from collections import deque

from tests.crash.plan import Key, Submission


class Ledger:
    """What the clients know, kept outside the server and never lost in its crashes."""

    def __init__(self) -> None:
        self.may_hold: dict[Key, set[int]] = {}
        """The copies (serial numbers) of which one may be stored under this key."""
        self.acknowledged: set[Key] = set()
        self.recent: set[Key] = set()
        """What was acknowledged since the last look at the store."""
        self.to_retry: deque[Submission] = deque()
        self.requests_acknowledged = 0
        self.requests_cut_off = 0
        self.requests_overloaded = 0

    def note_sent(self, submission: Submission) -> None:
        """Before the first byte leaves: from here on the event may be stored."""
        for event in submission.events:
            # The first copy wins whole, so a copy sent after an acknowledgement can never
            # be the stored one.
            if event.key not in self.acknowledged:
                self.may_hold.setdefault(event.key, set()).add(event.serial)

    def note_acknowledged(self, submission: Submission) -> None:
        """The answer said stored: from here on the event must be there, exactly once."""
        keys = {event.key for event in submission.events}
        self.acknowledged |= keys
        self.recent |= keys
        self.requests_acknowledged += 1

    def note_cut_off(self, submission: Submission) -> None:
        """No answer came: stored or not, both are right. It is sent again after the crash."""
        self.requests_cut_off += 1
        self.to_retry.append(submission)

    def note_overloaded(self, submission: Submission) -> None:
        """A 503 promises nothing; it is sent again."""
        self.requests_overloaded += 1
        self.to_retry.append(submission)

    def take_recent(self) -> set[Key]:
        """What was acknowledged since the last call."""
        recent, self.recent = self.recent, set()
        return recent
