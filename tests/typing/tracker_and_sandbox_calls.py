"""Every public call of `pastense.Tracker`, of `pastense.testing.Sandbox` and of its pytest fixture,
with what it gives, as the type checkers see it (they read it; nobody runs it)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, assert_type

from pastense import DropReason, Money, Tracker, TrackerStats
from pastense.testing import (
    Fault,
    RecordedContact,
    RecordedDuplicate,
    RecordedEvent,
    RecordedRefusal,
    RecordedRequest,
    Sandbox,
    SandboxClock,
)

NOW = datetime.now(UTC)


def dropped(event: dict[str, Any], reason: DropReason) -> None:
    """What a tracker calls."""
    assert_type(str(reason), str)
    assert_type(event["event_name"], Any)


def tracked() -> bool:
    """The tracker."""
    Tracker("token", base_url="https://api.intercom.io", when_full="block", block_timeout_s=1.5)
    Tracker("token", base_url="https://api.intercom.io", spool=Path("events"), when_full="spool")
    with Tracker(
        "token",
        base_url="https://api.intercom.io",
        when_full="drop",
        queue_events_max=1_000,
        spool="events",
        spool_bytes_max=1_000_000,
        unknown_contact_retry_s=60,
        on_drop=dropped,
        exit_timeout_s=2.5,
        version="2.14",
        timeout=(3, 10),
        headers={"X-Team": "growth"},
        transport=None,
    ) as tracker:
        assert_type(tracker, Tracker)
        tracker.track("did", user_id=314159, created_at=NOW, metadata={"price": Money(1, "eur")})
        tracker.track("did", email="pi@example.org", created_at=1671028894)
        tracker.track("did", id="6b00fddd7289f972420b4d98")
        stats = tracker.stats()
        assert_type(stats, TrackerStats)
        assert_type(stats.sent + stats.dropped_total, int)
        tracker.close(timeout=5)
        return tracker.flush(timeout=5.5)


def test_with_the_fixture(intercom_sandbox: Sandbox) -> None:
    """The fixture is a sandbox."""
    sandbox = intercom_sandbox
    assert_type(sandbox.base_url, str)
    assert_type(sandbox.token, str)
    contact = sandbox.add_contact(
        "314159", email="pi@example.org", name="Pi", custom_attributes={"plan": "gold"}
    )
    assert_type(contact, RecordedContact)
    assert_type(sandbox.add_lead("lead@example.org", name="Lead"), RecordedContact)
    found = sandbox.assert_tracked(
        "did",
        user_id="314159",
        id=contact.id,
        email=contact.email,
        metadata={"a": 1},
        created_at=NOW,
        times=None,
    )
    assert_type(found, list[RecordedEvent])
    assert_type(sandbox.wait_for("did", user_id=1, timeout_s=5, times=2), list[RecordedEvent])
    sandbox.assert_not_tracked("did", email="pi@example.org")
    assert_type(sandbox.events, list[RecordedEvent])
    assert_type(sandbox.contacts, list[RecordedContact])
    assert_type(sandbox.duplicates, list[RecordedDuplicate])
    assert_type(sandbox.refusals, list[RecordedRefusal])
    assert_type(sandbox.requests, list[RecordedRequest])


def controlled() -> None:
    """What a test may change."""
    sandbox = Sandbox(
        profile="like-intercom", host="127.0.0.1", port=0, token="t", event_names_max=3
    )
    assert_type(sandbox.start(), Sandbox)
    with Sandbox() as sandbox:
        assert_type(sandbox, Sandbox)
        sandbox.fail_next(
            5,
            status=429,
            code="rate_limit_exceeded",
            message="Words",
            retry_after_s=1,
            method="POST",
            path="/events",
        )
        sandbox.hang(30, count=2, stored=True, method="POST", path="/events")
        sandbox.reset_connection(count=1, method="POST", path="/events")
        sandbox.lose_answer(count=1, method="POST", path="/events")
        sandbox.add_fault(Fault(kind="hang", seconds=1.5))
        assert_type(sandbox.pending_faults, list[Fault])
        sandbox.clear_faults()
        sandbox.revoke_token()
        sandbox.use_profile("like-intercom", event_names_max=3)
        print(sandbox.settings)
        assert_type(sandbox.clock, SandboxClock)
        sandbox.clock.set(NOW)
        sandbox.clock.set(1671028894)
        sandbox.clock.move(timedelta(days=1))
        sandbox.clock.move(-3600)
        sandbox.clock.freeze()
        sandbox.clock.freeze(NOW)
        assert_type(sandbox.clock.is_frozen, bool)
        sandbox.clock.resume()
        assert_type(sandbox.clock.now(), int)
        sandbox.empty()
        sandbox.close()
