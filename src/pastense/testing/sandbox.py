"""The sandbox as tests use it: what was stored, what is expected, and what shall go wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, Unpack

import msgspec

from pastense.errors import ApiError
from pastense.identity import event_id
from pastense.model import Contact, Json
from pastense.service.people.contacts import create_contact
from pastense.store.sqlite.scratch import ContactRow, EventRow
from pastense.testing.clock import SandboxClock
from pastense.testing.control import Control
from pastense.testing.engine import Engine
from pastense.testing.expectations import Expected, Wanted, WantedTimes, read_expected
from pastense.testing.faults import DEFAULT_STATUS, Fault
from pastense.testing.records import (
    RecordedContact,
    RecordedDuplicate,
    RecordedEvent,
    RecordedRefusal,
    RecordedRequest,
)
from pastense.testing.refusals import gather
from pastense.testing.report import Seen, failure


class Sandbox:
    """A real server on a free port of this machine, in memory, with a token for it.

    Any SDK in any language may send to `base_url` with `token`. Begin it with `start` or `with`;
    nothing is left of it after `close`. All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        profile: str = "open",
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        **limits: object,
    ) -> None:
        """`limits` are those of docs/settings.md by their names, as `event_names_max=3`.
        Raises `ValueError`, and `CannotListen` where the port is taken."""
        settings = limits | ({} if profile == "open" else {"profile": profile})
        self._engine = Engine(host, port, token, settings)
        self.base_url: str = self._engine.base_url
        self.token: str = self._engine.token
        self.clock: SandboxClock = self._engine.clock

    def start(self) -> Self:
        """Serve; returns once requests are answered."""
        self._engine.start(Control(self).answer)
        return self

    def close(self) -> None:
        """End the server and forget everything; safe to call twice."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def empty(self) -> None:
        """Everything as it was at the start: no contacts, events and records, no faults, the real
        time, the profile of the beginning, and a token that works."""
        self._engine.empty()

    def use_profile(self, profile: str | None = None, **limits: object) -> None:
        """Go by a profile ("open", "like-intercom") and limits of the workspace, as
        `create_unknown_contacts=True`, until the sandbox is emptied. Raises `ValueError`."""
        chosen: dict[str, object] = {} if profile is None else {"profile": profile}
        self._engine.use(chosen | limits)

    @property
    def settings(self) -> dict[str, Json]:
        """The profile and the limits that were chosen; all others are the defaults."""
        return {"profile": "open"} | self._engine.current_settings()

    # --- what there is ---------------------------------------------------------------------

    @property
    def events(self) -> list[RecordedEvent]:
        """All stored events, oldest first."""
        copies = self._engine.state.journal.copies()
        return [
            _event(row, copies.get((row.contact_id, row.created_at, row.slot), 1))
            for row in self._engine.store.every_event()
        ]

    @property
    def contacts(self) -> list[RecordedContact]:
        """All contacts, in the order of their creation."""
        return [_contact(row) for row in self._engine.store.every_contact()]

    @property
    def duplicates(self) -> list[RecordedDuplicate]:
        """Events that were answered 202 and not stored, as they were there, oldest first."""
        people = {row.id: row for row in self._engine.store.every_contact()}
        found = []
        for (contact_id, created_at, _), name, metadata in self._engine.state.journal.dropped():
            person = people.get(contact_id)
            found.append(
                RecordedDuplicate(
                    event_name=name,
                    created_at=created_at,
                    contact_id=contact_id,
                    user_id=person.external_id if person else None,
                    email=person.email if person else None,
                    metadata=msgspec.json.decode(metadata),
                )
            )
        return found

    @property
    def refusals(self) -> list[RecordedRefusal]:
        """All errors that were answered, oldest first, those of faults included."""
        return gather(self._engine.requests.all(), self._engine.kept_refusals())

    @property
    def requests(self) -> list[RecordedRequest]:
        """The latest 10,000 requests in the order in which they came, with what became of them;
        without those of the sandbox's own calls."""
        return self._engine.requests.all()

    # --- people ----------------------------------------------------------------------------

    def add_contact(
        self,
        user_id: str | None = None,
        *,
        email: str | None = None,
        name: str | None = None,
        custom_attributes: Mapping[str, Any] | None = None,
    ) -> RecordedContact:
        """Add a user, so that events may be sent for it. Raises `ValueError` where the server
        would refuse it."""
        fields = {"external_id": user_id, "email": email, "name": name}
        return self._add("user", fields, custom_attributes)

    def add_lead(
        self,
        email: str | None = None,
        *,
        name: str | None = None,
        custom_attributes: Mapping[str, Any] | None = None,
    ) -> RecordedContact:
        """Add a lead; events are sent for its `id`. Raises `ValueError`."""
        return self._add("lead", {"email": email, "name": name}, custom_attributes)

    def _add(
        self, role: str, fields: Mapping[str, object], attributes: Mapping[str, Any] | None
    ) -> RecordedContact:
        engine = self._engine
        body = {"role": role, "custom_attributes": dict(attributes or {}), **fields}
        try:
            made = create_contact(engine.store, engine.workspace, body, engine.clock.now())
        except ApiError as error:
            raise ValueError(str(error)) from None
        return _made(made)

    # --- assertions ------------------------------------------------------------------------

    def assert_tracked(
        self,
        event_name: str,
        *,
        user_id: str | int | None = None,
        id: str | None = None,
        email: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        created_at: datetime | float | None = None,
        times: int | None = 1,
    ) -> list[RecordedEvent]:
        """The stored events that are meant; `AssertionError`, which tells what is nearest and
        what was refused, unless there are exactly `times` of them (None: at least one).

        The keys given in `metadata` must be there with these values; others may be there too.
        """
        __tracebackhide__ = True
        expected = read_expected(
            event_name,
            user_id=user_id,
            id=id,
            email=email,
            metadata=metadata,
            created_at=created_at,
            times=times,
        )
        return self._check(expected)

    def assert_not_tracked(self, event_name: str, **wanted: Unpack[Wanted]) -> None:
        """`AssertionError` where such an event is stored; the parameters are those of
        `assert_tracked`."""
        __tracebackhide__ = True
        self._check(read_expected(event_name, **wanted, times=0))

    def wait_for(
        self, event_name: str, *, timeout_s: float = 5.0, **wanted: Unpack[WantedTimes]
    ) -> list[RecordedEvent]:
        """As `assert_tracked`, for what is sent in the background: waits until there are enough
        events, for at most so many real seconds."""
        __tracebackhide__ = True
        expected = read_expected(event_name, **wanted)
        journal, end = self._engine.state.journal, time.monotonic() + timeout_s
        while True:
            groups, found = journal.groups, self._matching(expected)
            if expected.is_enough(len(found)):
                return found
            left_s = 0.0 if expected.is_passed(len(found)) else end - time.monotonic()
            if not journal.wait(groups, max(0.0, left_s)):
                return self._check(expected)

    def _check(self, expected: Expected) -> list[RecordedEvent]:
        __tracebackhide__ = True
        found = self._matching(expected)
        if not expected.is_enough(len(found)):
            seen = Seen(self.events, self.duplicates, self.refusals, self.requests)
            raise AssertionError(failure(expected, seen))
        return found

    def _matching(self, expected: Expected) -> list[RecordedEvent]:
        return [event for event in self.events if expected.matches(event)]

    # --- faults ----------------------------------------------------------------------------

    def fail_next(
        self,
        count: int = 1,
        *,
        status: int = DEFAULT_STATUS,
        code: str | None = None,
        message: str | None = None,
        retry_after_s: int | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Refuse the next requests with a status of 400 to 599, in Intercom's error shape."""
        fault = Fault(
            kind="fail_next",
            count=count,
            status=status,
            code=code,
            message=message,
            retry_after_s=retry_after_s,
            method=method,
            path=path,
        )
        self.add_fault(fault)

    def hang(
        self,
        seconds: float,
        count: int = 1,
        *,
        stored: bool = False,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Hold the next requests for so many real seconds, then handle them as if they had just
        come; with `stored` they are handled first and the answer is held. One whose client goes
        away meanwhile is not handled."""
        fault = Fault(
            kind="hang", count=count, seconds=seconds, stored=stored, method=method, path=path
        )
        self.add_fault(fault)

    def reset_connection(
        self, count: int = 1, *, method: str | None = None, path: str | None = None
    ) -> None:
        """Read the next requests, store nothing, and reset their connections."""
        self.add_fault(Fault(kind="reset_connection", count=count, method=method, path=path))

    def lose_answer(
        self, count: int = 1, *, method: str | None = None, path: str | None = None
    ) -> None:
        """Handle the next requests, then close their connections without the answer."""
        self.add_fault(Fault(kind="lose_answer", count=count, method=method, path=path))

    def add_fault(self, fault: Fault) -> None:
        """Put a fault behind those that wait; raises `ValueError`."""
        self._engine.faults.add(fault)

    @property
    def pending_faults(self) -> list[Fault]:
        """The faults that no request has taken yet, in order, with how often each still comes."""
        return self._engine.faults.waiting()

    def clear_faults(self) -> None:
        """Take back the faults that wait; requests that hang lose their connections."""
        self._engine.let_go()

    def revoke_token(self) -> None:
        """Answer 401 to the token from now on, until the sandbox is emptied."""
        self._engine.revoke_token()


def _event(row: EventRow, copies: int) -> RecordedEvent:
    return RecordedEvent(
        id=event_id(row.contact_id, row.created_at, row.slot),
        event_name=row.name,
        created_at=row.created_at,
        contact_id=row.contact_id,
        user_id=row.external_id,
        email=row.email,
        metadata=None if row.metadata is None else msgspec.json.decode(row.metadata),
        copies=copies,
    )


def _contact(row: ContactRow) -> RecordedContact:
    return RecordedContact(
        id=row.id,
        role=row.role,
        external_id=row.external_id,
        email=row.email,
        name=row.name,
        custom_attributes=msgspec.json.decode(row.custom_attributes),
        created_at=row.created_at,
        archived=row.archived_at is not None,
    )


def _made(made: Contact) -> RecordedContact:
    return RecordedContact(
        id=made.id,
        role=made.role,
        external_id=made.external_id,
        email=made.email,
        name=made.name,
        custom_attributes=dict(made.custom_attributes),
        created_at=made.created_at,
    )
