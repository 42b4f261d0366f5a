"""Contact ids, time-based event ids and page cursors: pure functions.

An event's exact time is counted in ticks of 100 ns since 1970: `created_at * 10^7 + slot`.
Its id is the version-1 UUID of that time (decisions.md, "Order, ids, cursors").
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets

TICKS_PER_SECOND = 10_000_000
TICKS_PER_MILLISECOND = 10_000
_GREGORIAN_TICKS = 0x01B21DD213814000
"""Ticks between the UUID epoch of 1582 and 1970."""
_CONTACT_PARTS_MAX = 10_000
_CURSOR = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,4}))?", re.ASCII)
_MARKER = "-8a57-b7e5-"
"""Version 8, the variant and 26 fixed bits of a generated `user_id`: the rest is a contact's id."""
_GENERATED = re.compile(rf"([0-9a-f]{{8}})-([0-9a-f]{{4}}){_MARKER}([0-9a-f]{{12}})", re.ASCII)
_GENERATED_CHARACTERS = 36


def new_contact_id(now: int) -> str:
    """A fresh contact id: 24 hex digits, of which 8 are the second it was made in."""
    return f"{now & 0xFFFFFFFF:08x}{secrets.token_hex(8)}"


def new_workspace_id() -> str:
    """A fresh workspace code: eight lower-case letters and digits."""
    return secrets.token_hex(4)


def new_subscription_id() -> str:
    """A fresh id of a webhook subscription, in the form that clients know."""
    return f"nsub_{secrets.token_hex(12)}"


def new_job_id() -> str:
    """A fresh id of a bulk job, in the form that clients know."""
    return f"job_{secrets.token_hex(8)}"


def new_task_id() -> str:
    """A fresh id of one call within a bulk job."""
    return f"task_{secrets.token_hex(8)}"


def lead_user_id(contact_id: str) -> str:
    """The `user_id` under which older SDKs know a lead or a visitor without one of its own: a
    version-8 UUID that holds the contact's 24 hex digits, so that nothing has to be stored
    (decisions.md, "The older API")."""
    return f"{contact_id[:8]}-{contact_id[8:12]}{_MARKER}{contact_id[12:]}"


def contact_id_of(user_id: str) -> str | None:
    """The contact id in a generated `user_id`; None where the text is anything else."""
    if len(user_id) != _GENERATED_CHARACTERS or user_id[13:24] != _MARKER:
        return None
    found = _GENERATED.fullmatch(user_id)
    return None if found is None else "".join(found.groups())


def event_ticks(created_at: int, slot: int) -> int:
    """The event's exact time in 100-ns ticks since 1970."""
    return created_at * TICKS_PER_SECOND + slot


def event_id(contact_id: str, created_at: int, slot: int) -> str:
    """The event's public id, a pure function of (contact, name, second).

    The clock sequence and the node come from a hash of the contact id; the multicast bit of
    the node is set, as RFC 9562 asks where the node is no hardware address.
    """
    digits = f"{event_ticks(created_at, slot) + _GREGORIAN_TICKS:015x}"[-15:]
    return f"{digits[7:]}-{digits[3:7]}-1{digits[:3]}-{_contact_part(contact_id)}"


@functools.lru_cache(maxsize=_CONTACT_PARTS_MAX)
def _contact_part(contact_id: str) -> str:
    """The half of an event's id that all events of a contact share."""
    digest = hashlib.sha256(contact_id.encode()).digest()
    sequence = (digest[0] << 8 | digest[1]) & 0x3FFF | 0x8000
    node = int.from_bytes(digest[2:8]) | 0x0100_0000_0000
    return f"{sequence:04x}-{node:012x}"


def format_cursor(ticks: int) -> str:
    """Ticks as milliseconds with four decimals where they are not whole."""
    milliseconds, rest = divmod(ticks, TICKS_PER_MILLISECOND)
    return f"{milliseconds}.{rest:04d}" if rest else str(milliseconds)


def parse_cursor(text: str) -> int | None:
    """Milliseconds with up to four decimals as ticks; None where the text is no cursor."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    decimals = (found[2] or "").ljust(4, "0")
    return int(found[1]) * TICKS_PER_MILLISECOND + int(decimals)
