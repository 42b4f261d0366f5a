"""A stateful model: a dictionary is the truth, and the store must agree after every step.

It posts, repeats, lists, pages both ways, archives and restores contacts, imports summaries
and moves the clock across the edge of the list window.
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

from pastense.clock import ManualClock
from pastense.errors import ApiError
from pastense.identity import event_ticks, format_cursor, parse_cursor
from pastense.limits import Limits
from pastense.model import Accepted, NewEvent, Refused, WritePolicy
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.service.events.rules import judge
from pastense.service.events.summaries import import_summaries
from pastense.service.people.contacts import archive_contact, create_contact, update_contact
from pastense.wire.submission import Draft
from tests.store.conftest import MAKERS, NOW, examples_for

DAY_S = 86_400
LIMITS = Limits()
NAMES = [f"name {index}" for index in range(5)]
EXAMPLES = int(os.environ.get("PASTENSE_TEST_MODEL_EXAMPLES", "50"))
times = st.one_of(
    st.integers(0, 5),
    st.integers(89 * DAY_S, 91 * DAY_S),
    st.sampled_from([90 * DAY_S - 1, 90 * DAY_S, 90 * DAY_S + 1, -DAY_S, -1]),
)
"""Seconds before now: the present, the edge of the window, a little ahead."""


class Model(RuleBasedStateMachine):
    """The machine for one store; `maker` is set by a subclass per store."""

    maker = staticmethod(next(iter(MAKERS.values())))
    contacts = Bundle("contacts")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock(NOW)
        open_one, _ = self.maker(self.folder)
        self.open = lambda: open_one(self.clock)
        self.store = self.open()
        self.workspace = self.store.admin.workspaces()[0]
        self.events: dict[tuple[str, str, int], str] = {}
        self.imports: dict[tuple[str, str], tuple[int, int, int]] = {}
        self.archived: dict[str, bool] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.slots: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(target=contacts, role=st.sampled_from(["user", "user", "lead"]))
    def create(self, role: str):
        if len(self.people) >= 4:
            return multiple()
        number = len(self.people)
        body = {"role": role, "external_id": f"u{number}", "email": f"U{number}@x.org"}
        contact = create_contact(self.store, self.workspace, body, self.clock.now())
        self.people[contact.id] = body
        self.archived[contact.id] = False
        return contact.id

    @rule(contact=contacts)
    def create_again(self, contact: str) -> None:
        with pytest.raises(ApiError) as refused:
            body = {"external_id": self.people[contact]["external_id"]}
            create_contact(self.store, self.workspace, body, self.clock.now())
        assert refused.value.status == 409
        kind = "An archived contact" if self.archived[contact] else "A contact"
        assert (
            str(refused.value) == f"{kind} matching those details already exists with id={contact}"
        )

    @rule(
        items=st.lists(
            st.tuples(
                contacts,
                st.sampled_from(["id", "user_id", "email"]),
                st.sampled_from(NAMES),
                times,
                st.integers(0, 9),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def post(self, items: list[tuple[str, str, str, int, int]]) -> None:
        now = self.clock.now()
        judged = []
        for contact, kind, name, ago, value in items:
            person = self.people[contact]
            known = {"id": contact, "user_id": person["external_id"], "email": person["email"]}
            fields = {
                "event_name": name,
                "created_at": now - ago,
                kind: known[kind],
                "metadata": {"v": value},
            }
            event = judge(Draft(fields, fields), self.workspace.number, now, LIMITS)
            assert isinstance(event, NewEvent)
            judged.append(event)
        outcomes = self.store.events.write(judged, WritePolicy(now))
        for item, outcome in zip(items, outcomes, strict=True):
            self.expect(item, outcome, now)

    def expect(self, item: tuple[str, str, str, int, int], outcome: object, now: int) -> None:
        contact, kind, name, ago, value = item
        by_lead_email = kind == "email" and self.people[contact]["role"] == "lead"
        if self.archived[contact] or by_lead_email:
            assert isinstance(outcome, Refused)
            assert outcome.code == "not_found"
            return
        assert isinstance(outcome, Accepted)
        slot = self.slots.setdefault(name, len(self.slots))
        key = (contact, name, now - ago)
        assert outcome == Accepted(contact, slot, now - ago, duplicate=key in self.events)
        self.events.setdefault(key, f'{{"v":{value}}}')

    @rule(contact=contacts, name=st.sampled_from(NAMES), span=st.tuples(times, times))
    def import_one(self, contact: str, name: str, span: tuple[int, int]) -> None:
        now = self.clock.now()
        first, last = sorted(now - ago for ago in span)
        item = {"event_name": name, "count": last - first + 1, "first": first, "last": last}
        body = {"id": contact, "event_summaries": item}
        if self.archived[contact]:
            with pytest.raises(ApiError) as refused:
                import_summaries(self.store, self.workspace, body, WritePolicy(now), LIMITS)
            assert refused.value.status == 404
            return
        import_summaries(self.store, self.workspace, body, WritePolicy(now), LIMITS)
        self.slots.setdefault(name, len(self.slots))
        self.imports[contact, name] = (last - first + 1, first, last)

    @rule(contact=contacts, archived=st.booleans())
    def archive(self, contact: str, archived: bool) -> None:
        archive_contact(self.store, self.workspace, contact, archived, self.clock.now())
        self.archived[contact] = archived

    @rule(contact=contacts, name=st.sampled_from(["Zoe", None]))
    def rename(self, contact: str, name: str | None) -> None:
        changed = update_contact(
            self.store, self.workspace, contact, {"name": name}, self.clock.now()
        )
        assert (changed.id, changed.name) == (contact, name)

    @rule(seconds=st.sampled_from([1, 60, DAY_S, 89 * DAY_S, 90 * DAY_S, -1, -DAY_S]))
    def move_clock(self, seconds: int) -> None:
        self.clock.move(seconds)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @rule(contact=contacts, per_page=st.integers(1, 4))
    def page_back(self, contact: str, per_page: int) -> None:
        """From the newest to the end, by cursors that went through their text form."""
        seen, before = [], None
        while True:
            page = self.page(contact, per_page, before=before)
            seen += [(event.name, event.created_at, event.metadata) for event in page.events]
            if page.next_before is None:
                break
            before = parse_cursor(format_cursor(page.next_before))
        assert seen == self.expected(contact)

    @rule(contact=contacts, split=st.integers(0, 20))
    def page_forth(self, contact: str, split: int) -> None:
        """What is newer than any event, and what is not, make up the whole."""
        whole = self.expected(contact)
        if not whole:
            return
        name, created_at, _ = whole[split % len(whole)]
        at = parse_cursor(format_cursor(event_ticks(created_at, self.slots[name])))
        newer = self.page(contact, 150, since=at)
        assert [(e.name, e.created_at, e.metadata) for e in newer.events] == whole[
            : split % len(whole)
        ]
        assert newer.since == (event_ticks_of(newer.events[0]) if newer.events else at)

    @invariant()
    def summaries_agree(self) -> None:
        for contact in getattr(self, "people", {}):
            found = read_summaries(self.store, self.find(contact))
            assert {s.name: (s.count, s.first, s.last) for s in found} == self.counted(contact)

    @invariant()
    def lists_agree(self) -> None:
        for contact in getattr(self, "people", {}):
            events = self.page(contact, 150).events
            assert [(e.name, e.created_at, e.metadata) for e in events] == self.expected(contact)

    @invariant()
    def recount_agrees(self) -> None:
        if hasattr(self, "store"):
            assert list(self.store.events.recount(lambda done, total: None)) == []

    def find(self, contact: str):
        return find_contact(self.store, self.workspace, [("intercom_user_id", "id", contact)])

    def page(
        self, contact: str, per_page: int, before: int | None = None, since: int | None = None
    ):
        return read_page(
            self.store,
            self.find(contact),
            per_page=per_page,
            before=before,
            since=since,
            now=self.clock.now(),
            window_days=90,
        )

    def expected(self, contact: str) -> list[tuple[str, int, str]]:
        """The events that a list must show, newest first."""
        edge = self.clock.now() - 90 * DAY_S
        listed = [
            (created_at, self.slots[name], name, metadata)
            for (owner, name, created_at), metadata in self.events.items()
            if owner == contact and created_at > edge
        ]
        return [(name, at, metadata) for at, _, name, metadata in sorted(listed, reverse=True)]

    def counted(self, contact: str) -> dict[str, tuple[int, int, int]]:
        """What the summary must show: recorded and imported together."""
        parts: dict[str, list[tuple[int, int, int]]] = {}
        for owner, name, created_at in self.events:
            if owner == contact:
                parts.setdefault(name, []).append((1, created_at, created_at))
        for (owner, name), part in self.imports.items():
            if owner == contact:
                parts.setdefault(name, []).append(part)
        return {
            name: (sum(p[0] for p in found), min(p[1] for p in found), max(p[2] for p in found))
            for name, found in parts.items()
        }


def event_ticks_of(event) -> int:
    return event_ticks(event.created_at, event.slot)


@pytest.mark.parametrize("name", MAKERS)
def test_the_model_and_the_store_agree(name: str) -> None:
    machine = type("StoreModel", (Model,), {"maker": staticmethod(MAKERS[name])})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples_for(name, EXAMPLES), stateful_step_count=30, deadline=None
        ),
    )


class Timeless(Model):
    """The control: a truth without a list window must be found out."""

    def expected(self, contact: str) -> list[tuple[str, int, str]]:
        now = self.clock
        self.clock = ManualClock(now.now() - 10_000 * DAY_S)
        try:
            return super().expected(contact)
        finally:
            self.clock = now


def test_the_control_that_must_fail() -> None:
    quick = settings(max_examples=100, deadline=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Timeless, settings=quick)
