"""An event as the caller tells it, to the JSON that is sent: checked and encoded once."""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.client.calls.events import event_body
from pastense.client.values import Identifier, Metadata, Time

_ENCODE: Final = msgspec.json.Encoder().encode
Key = tuple[str, str, str, int]
"""What the server takes for one event: the identifier and its kind, the name, the second."""


def encode_event(
    event_name: str,
    user_id: Identifier | None,
    id: Identifier | None,
    email: str | None,
    created_at: Time | None,
    metadata: Metadata | None,
) -> tuple[bytes, Key]:
    """The event's JSON, and its key. Raises `TypeError` and `ValueError` with a sentence."""
    event = event_body(event_name, user_id, email, id, created_at, metadata)
    name = event["event_name"]
    if not name or name.isspace():
        raise ValueError("event_name is empty: say what happened, such as invited-friend")
    # Of several identifiers the server looks at the strongest.
    kind = "id" if "id" in event else "user_id" if "user_id" in event else "email"
    return _ENCODE(event), (kind, event[kind], name, event["created_at"])
