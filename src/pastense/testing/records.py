"""What a sandbox saw, as frozen objects to compare and to print."""

from __future__ import annotations

from typing import Any

import msgspec

Metadata = dict[str, Any]


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored event. `created_at` is in Unix seconds; `copies` is how often it was sent, of
    which the first was stored. `metadata` is None once it was pruned."""

    id: str
    event_name: str
    created_at: int
    contact_id: str
    user_id: str | None
    email: str | None
    metadata: Metadata | None
    copies: int = 1


class RecordedContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact; `external_id` is what events call `user_id`."""

    id: str
    role: str
    external_id: str | None
    email: str | None
    name: str | None
    custom_attributes: Metadata
    created_at: int
    archived: bool = False

    @property
    def user_id(self) -> str | None:
        """The name that events have for `external_id`."""
        return self.external_id


class RecordedDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was answered 202 and not stored, as the same contact had an event of that
    name in that second; `metadata` is what was dropped."""

    event_name: str
    created_at: int
    contact_id: str
    user_id: str | None
    email: str | None
    metadata: Metadata


class RecordedRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error of an answer: why a request, or one item of it, was refused. `sent` is the event
    as it was sent, where the request held it and can be read; `fault` names the fault that
    answered in the server's place."""

    method: str
    path: str
    status: int
    code: str
    message: str
    field: str | None
    event_name: str | None
    sent: Metadata | None
    fault: str | None = None


class RecordedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what became of it.

    `at` is in Unix seconds of the sandbox's clock, `headers` have names in lower case. `status`
    is None where no answer was made, and `fault` names the fault that the request took; with
    `lose_answer` the status is that of the answer that was dropped. `errors` holds
    (code, message, field) of each error in the answer.
    """

    number: int
    request_id: str
    at: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int | None
    fault: str | None
    errors: tuple[tuple[str, str, str | None], ...] = ()
