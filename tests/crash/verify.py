"""Compare what a store holds, read through the API, with what its clients were told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import datetime

from tests.crash.api import Api
from tests.crash.ledger import Ledger
from tests.crash.plan import Contact, Key

Row = tuple[str, str, int]


@dataclass
class Findings:
    """What is not as it must be; all empty after a verification that found nothing."""

    lost: set[Key] = field(default_factory=set)
    doubled: set[Key] = field(default_factory=set)
    never_sent: set[Key] = field(default_factory=set)
    another_copy: set[Key] = field(default_factory=set)
    miscounted: set[str] = field(default_factory=set)

    @property
    def wrong(self) -> int:
        """Everything that is neither lost nor doubled and still not right."""
        return len(self.never_sent) + len(self.another_copy) + len(self.miscounted)

    def add(self, other: Findings) -> None:
        for each in fields(self):
            getattr(self, each.name).update(getattr(other, each.name))

    def shown(self) -> dict[str, list]:
        """The first few of each kind that was found, for a failing test's message."""
        found = {each.name: sorted(getattr(self, each.name))[:5] for each in fields(self)}
        return {name: some for name, some in found.items() if some}


def verify_since(api: Api, contacts: list[Contact], ledger: Ledger, begin: int) -> Findings:
    """The cheap look after each crash: only what was acknowledged lately, from `begin` on."""
    findings = Findings()
    recent = {key for key in ledger.take_recent() if key[2] >= begin}
    for contact in contacts:
        # `since` is exclusive and in milliseconds.
        listed = list(api.events(contact.id, since=begin * 1000 - 1))
        _compare(contact, listed, {key for key in recent if key[0] == contact.id}, ledger, findings)
    return findings


def verify_all(api: Api, contacts: list[Contact], ledger: Ledger) -> Findings:
    """The full look: every event of every contact, and every summary against a recount."""
    findings = Findings()
    for contact in contacts:
        listed = list(api.events(contact.id))
        expected = {key for key in ledger.acknowledged if key[0] == contact.id}
        _compare(contact, listed, expected, ledger, findings)
        if recount(listed) != read_summary(api, contact.id):
            findings.miscounted.add(contact.value)
    return findings


def _compare(
    contact: Contact, listed: list[dict], expected: set[Key], ledger: Ledger, findings: Findings
) -> None:
    seen: set[Key] = set()
    for event in listed:
        key = (contact.id, event["event_name"], event["created_at"])
        if key in seen:
            findings.doubled.add(key)
        seen.add(key)
        if key not in ledger.may_hold:
            findings.never_sent.add(key)
        elif event["metadata"]["serial"] not in ledger.may_hold[key]:
            findings.another_copy.add(key)
    findings.lost |= expected - seen
    findings.doubled |= _shared_ids(contact, listed)


def _shared_ids(contact: Contact, listed: list[dict]) -> set[Key]:
    counted = Counter(event["id"] for event in listed)
    return {(contact.id, event_id, 0) for event_id, count in counted.items() if count > 1}


def recount(listed: list[dict]) -> dict[str, tuple[int, int, int]]:
    """Per event name: count, first and last second, from the events themselves."""
    times: dict[str, list[int]] = {}
    for event in listed:
        times.setdefault(event["event_name"], []).append(event["created_at"])
    return {name: (len(some), min(some), max(some)) for name, some in times.items()}


def read_summary(api: Api, contact: str) -> dict[str, tuple[int, int, int]]:
    """The same from `summary=true`."""
    items = api.page(contact, summary="true")["events"]
    return {i["name"]: (i["count"], _second(i["first"]), _second(i["last"])) for i in items}


def _second(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000%z").timestamp())
