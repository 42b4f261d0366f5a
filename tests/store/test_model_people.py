"""A stateful model of people: contacts that are merged (in chains too) and deleted while events
and imported history keep coming. A dictionary is the truth; the store must agree after every
step, also while moves and erasures are half done.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pastense import limits
from pastense.clock import ManualClock
from pastense.errors import NotFound
from pastense.model import Accepted, AuditEntry, ImportedSummary, NewEvent, Refused, WritePolicy
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.store.base import CannotMerge, ContactExists, NameFilter
from tests.store.conftest import MAKERS, NOW, examples_for

EXAMPLES = int(os.environ.get("PASTENSE_TEST_MODEL_EXAMPLES", "60"))
NAMES = ["a", "b"]
ROLES = ["user", "lead", "visitor"]
RANK = {"visitor": 0, "lead": 1, "user": 2}
PEOPLE_MAX = 5


class People(RuleBasedStateMachine):
    """The machine for one store; `maker` is set by a subclass per store.

    `who` maps every id that was ever given to the contact it means now, or None once deleted.
    """

    maker = staticmethod(next(iter(MAKERS.values())))
    ids = Bundle("ids")

    @initialize(target=ids)
    def begin(self):
        """An empty store with one of each role, so that there is somebody to merge."""
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock(NOW)
        open_one, self.execute = self.maker(self.folder)
        self.open = lambda: open_one(self.clock)
        self.store = self.open()
        self.workspace = self.store.admin.workspaces()[0]
        self.who: dict[str, str | None] = {}
        self.roles: dict[str, str] = {}
        self.names: dict[str, str | None] = {}
        self.events: dict[tuple[str, str, int], str] = {}
        self.imports: dict[tuple[str, str], tuple[int, int, int]] = {}
        return multiple(*(self.make(role, None) for role in ROLES))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(target=ids, role=st.sampled_from(ROLES), named=st.integers(0, 3))
    def create(self, role: str, named: int):
        """A contact, perhaps with an external id that somebody has or once had."""
        if len(self.who) >= PEOPLE_MAX:
            return multiple()
        external_id = f"x{named}" if named else None
        taken = external_id is not None and external_id in self.names.values()
        if taken:
            with pytest.raises(ContactExists):
                self.make(role, external_id)
            return multiple()
        return self.make(role, external_id)

    def make(self, role: str, external_id: str | None) -> str:
        fields = {"role": role, "external_id": external_id}
        contact = self.store.contacts.create(self.workspace, fields, self.clock.now())
        self.who[contact.id] = contact.id
        self.roles[contact.id] = role
        self.names[contact.id] = external_id
        return contact.id

    @rule(
        items=st.lists(
            st.tuples(ids, st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, 9)),
            min_size=3,
            max_size=10,
        )
    )
    def post(self, items: list[tuple[str, str, int, int]]) -> None:
        now = self.clock.now()
        group = [self.event(old, name, now - ago, value) for old, name, ago, value in items]
        outcomes = self.store.events.write(group, WritePolicy(now))
        for (old, name, ago, value), outcome in zip(items, outcomes, strict=True):
            contact = self.who[old]
            if contact is None:
                assert isinstance(outcome, Refused)
                continue
            assert isinstance(outcome, Accepted)
            key = (contact, name, now - ago)
            assert (outcome.contact_id, outcome.duplicate) == (contact, key in self.events)
            self.events.setdefault(key, f'{{"v":{value}}}')

    def event(self, contact_id: str, name: str, created_at: int, value: int) -> NewEvent:
        metadata = f'{{"v":{value}}}'
        number = self.workspace.number
        return NewEvent(number, "id", contact_id, name, created_at, metadata, (), "", "id")

    @rule(old=ids, name=st.sampled_from(NAMES), count=st.integers(1, 5), span=st.integers(0, 9))
    def import_one(self, old: str, name: str, count: int, span: int) -> None:
        first, last = NOW - 50 - span, NOW - 50 + span
        item = ImportedSummary(name, count, first, last)
        outcome = self.store.events.import_summaries(
            self.workspace.number, "id", old, [item], WritePolicy(self.clock.now())
        )
        contact = self.who[old]
        assert isinstance(outcome, Refused) == (contact is None)
        if contact is not None:
            self.imports[contact, name] = (count, first, last)

    @rule(old=ids, into=ids)
    def merge(self, old: str, into: str) -> None:
        known = old in self.roles and into in self.roles
        allowed = known and old != into and self.may_merge(old, into)
        try:
            merged = self.store.leaving.merge(self.workspace, old, into, self.clock.now())
        except CannotMerge:
            assert known
            assert not allowed
            return
        assert (merged is not None) == allowed
        if allowed:
            self.join(old, into)

    def may_merge(self, old: str, into: str) -> bool:
        source, target = self.roles[old], self.roles[into]
        return source != "user" and target != "visitor" and RANK[source] < RANK[target]

    def join(self, old: str, into: str) -> None:
        """The truth of a merge: the target's copies stay, imported history adds up."""
        for owner, name, at in [key for key in self.events if key[0] == old]:
            self.events.setdefault((into, name, at), self.events.pop((owner, name, at)))
        for name in NAMES:
            parts = [self.imports.pop((c, name)) for c in (old, into) if (c, name) in self.imports]
            if parts:
                counts, firsts, lasts = zip(*parts, strict=True)
                self.imports[into, name] = (sum(counts), min(firsts), max(lasts))
        if self.names[into] is None:
            self.names[into] = self.names[old]
        self.gone(old)
        self.who = {one: into if now == old else now for one, now in self.who.items()}

    def gone(self, contact: str) -> None:
        del self.roles[contact]
        del self.names[contact]

    @rule(old=ids)
    def delete(self, old: str) -> None:
        entry = AuditEntry(self.workspace.number, self.clock.now(), "test", "contact deleted")
        deleted = self.store.leaving.delete(self.workspace, old, entry)
        assert (deleted is not None) == (old in self.roles)
        if deleted is None:
            return
        self.gone(old)
        self.events = {key: text for key, text in self.events.items() if key[0] != old}
        self.imports = {key: part for key, part in self.imports.items() if key[0] != old}
        self.who = {one: None if now == old else now for one, now in self.who.items()}

    @rule()
    def move_some(self) -> None:
        self.store.leaving.move_step()

    @rule()
    def erase_some(self) -> None:
        self.store.leaving.erase_step()

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @rule(seconds=st.integers(0, 2))
    def move_clock(self, seconds: int) -> None:
        self.clock.move(seconds)

    @rule()
    def finish(self) -> None:
        """Once everything is moved and erased, the tables hold the truth and nothing else."""
        for step in (self.store.leaving.move_step, self.store.leaving.erase_step):
            while step():
                pass
        rows = self.execute(
            "SELECT c.id, n.name, e.created_at, e.metadata FROM events e "
            "LEFT JOIN contacts c ON c.number = e.contact JOIN event_names n ON n.slot = e.slot"
        )
        assert {row[:3]: row[3] for row in rows} == self.events
        assert len(rows) == len(self.events)
        every = NameFilter(include_archived=True)
        names = self.store.catalogue.names(self.workspace.number, every, 1_000, None)
        counted = {name.name: name.count for name in names}
        assert counted == {n: sum(key[1] == n for key in self.events) for n in counted}

    @invariant()
    def every_id_shows_what_is_true(self) -> None:
        for old, contact in getattr(self, "who", {}).items():
            if contact is None:
                with pytest.raises(NotFound):
                    self.read(old)
                continue
            events, summaries = self.read(old)
            assert events == self.listed(contact)
            assert summaries == self.counted(contact)

    @invariant()
    def recount_agrees(self) -> None:
        if hasattr(self, "store"):
            assert list(self.store.events.recount(lambda done, total: None)) == []

    def read(self, old: str) -> tuple[dict, dict]:
        with self.store.snapshot():
            contact = find_contact(self.store, self.workspace, [("id", "id", old)])
            page = read_page(
                self.store,
                contact,
                per_page=150,
                before=None,
                since=None,
                now=self.clock.now(),
                window_days=0,
            )
            summaries = read_summaries(self.store, contact)
        assert contact.id == self.who[old]
        events = {(e.name, e.created_at): e.metadata for e in page.events}
        assert len(events) == len(page.events), "an event is shown once"
        return events, {s.name: (s.count, s.first, s.last) for s in summaries}

    def listed(self, contact: str) -> dict[tuple[str, int], str]:
        return {(n, at): text for (c, n, at), text in self.events.items() if c == contact}

    def counted(self, contact: str) -> dict[str, tuple[int, int, int]]:
        found: dict[str, list[tuple[int, int, int]]] = {}
        for owner, name, at in self.events:
            if owner == contact:
                found.setdefault(name, []).append((1, at, at))
        for (owner, name), part in self.imports.items():
            if owner == contact:
                found.setdefault(name, []).append(part)
        return {
            name: (sum(p[0] for p in parts), min(p[1] for p in parts), max(p[2] for p in parts))
            for name, parts in found.items()
        }


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a handful of events reach, so that most merges go on in steps."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "ERASE_STEP_EVENTS_MAX", 2)


@pytest.mark.parametrize("name", MAKERS)
def test_store_and_model_agree_about_people(name: str) -> None:
    machine = type(f"People_{name}", (People,), {"maker": staticmethod(MAKERS[name])})
    examples = examples_for(name, EXAMPLES)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )


class LeadsWin(People):
    """The control: a truth in which the lead's copy of a double stays must be found out."""

    def join(self, old: str, into: str) -> None:
        for owner, name, at in [key for key in self.events if key[0] == old]:
            self.events[into, name, at] = self.events[owner, name, at]
        super().join(old, into)


def test_the_control_that_must_fail() -> None:
    quick = settings(max_examples=300, deadline=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LeadsWin, settings=quick)
