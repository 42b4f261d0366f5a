"""The books of the run with people who go: what was sent to whom, who became whom, who is gone.

Nothing of this knows how the server works: it is a ledger of requests and their answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

Key = tuple[str, int]
"""(event name, second)."""


@dataclass(eq=False)
class Person:
    """One contact as it was made. `became` is whom it was merged into, once that is known;
    `is_deleted` holds from the moment in which its deletion is asked for."""

    id: str
    role: str
    mark: str
    sent: dict[Key, set[int]] = field(default_factory=dict)
    acknowledged: set[Key] = field(default_factory=set)
    became: Person | None = None
    is_deleted: bool = False

    @property
    def names(self) -> list[tuple[str, str]]:
        """The ways to name it in a submission; an email names users only."""
        found = [("id", self.id), ("user_id", f"{self.mark}-ext")]
        return [*found, ("email", f"{self.mark}@Example.org")] if self.role == "user" else found

    @property
    def last(self) -> Person:
        """Who it is in the end."""
        return self if self.became is None else self.became.last

    @property
    def is_gone(self) -> bool:
        """Whether it, or whom it became, is or may be deleted."""
        return self.is_deleted or (self.became is not None and self.became.is_gone)


class Books:
    """All people of a run. Kept outside the servers, by all threads of the test."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.faults: list[str] = []
        self.answers: dict[int, int] = {}
        self.reads = 0
        self._serial = 0
        self._lock = threading.Lock()

    def add(self, contact_id: str, role: str, mark: str) -> Person:
        person = Person(contact_id, role, mark)
        self.people.append(person)
        return person

    def note_sent(self, person: Person, keys: Iterable[Key]) -> dict[Key, int]:
        """Before the first byte leaves; the serial number of each copy."""
        with self._lock:
            copies = {}
            for key in keys:
                self._serial += 1
                copies[key] = self._serial
                person.sent.setdefault(key, set()).add(self._serial)
            return copies

    def note_acknowledged(self, person: Person, keys: Iterable[Key]) -> None:
        with self._lock:
            person.acknowledged.update(keys)

    def known(self, person: Person) -> set[Key]:
        """What a reader who asks from now on must find."""
        with self._lock:
            return set(person.acknowledged)

    def note_answer(self, status: int) -> None:
        with self._lock:
            self.answers[status] = self.answers.get(status, 0) + 1

    def blame(self, fault: str) -> None:
        with self._lock:
            self.faults.append(fault)

    def living(self) -> dict[Person, list[Person]]:
        """Everybody who is left, with all who became a part of it."""
        found: dict[Person, list[Person]] = {}
        for person in self.people:
            if not person.is_gone:
                found.setdefault(person.last, []).append(person)
        return found

    def marks_of_gone(self) -> list[str]:
        """What must not stand anywhere any more."""
        return [person.mark for person in self.people if person.is_gone]
