"""Why requests were refused, gathered from the answers and from what the server keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pastense.service.explaining.refusals import KeptRefusal
from pastense.testing.records import RecordedRefusal, RecordedRequest

Error = tuple[str, str, str | None, str | None]
"""(code, message, field, event name)."""
_PLACE = re.compile(r"data\[(\d+)\]", re.ASCII)


def read_errors(body: bytes) -> tuple[tuple[str, str, str | None], ...]:
    """(code, message, field) of each error in the body of an answer."""
    try:
        found = msgspec.json.decode(body)
        errors = [(one["code"], one["message"], one.get("field")) for one in found["errors"]]
    except (msgspec.MsgspecError, TypeError, KeyError):
        return ()
    return tuple(errors)


def gather(
    requests: Sequence[RecordedRequest], kept: Sequence[KeptRefusal]
) -> list[RecordedRefusal]:
    """All refusals in the order of their requests. The server keeps those of items of a call
    that was itself a success; all others stand in the answers."""
    of_items: dict[str, list[KeptRefusal]] = {}
    for one in sorted(kept, key=lambda one: one.number):
        of_items.setdefault(one.request_id, []).append(one)
    return [refusal for request in requests for refusal in _of_request(request, of_items)]


def _of_request(
    request: RecordedRequest, of_items: dict[str, list[KeptRefusal]]
) -> Iterator[RecordedRefusal]:
    errors: list[Error] = [(*error, None) for error in request.errors]
    if not errors and request.fault is None and (request.status or 0) < 400:
        items = of_items.get(request.request_id, [])
        errors = [(one.code, one.message, one.field, one.event_name) for one in items]
    for code, message, field, kept_name in errors:
        sent = sent_event(request.body, field)
        name = kept_name if sent is None else sent.get("event_name")
        yield RecordedRefusal(
            method=request.method,
            path=request.path,
            status=request.status or 0,
            code=code,
            message=message,
            field=field,
            event_name=name if isinstance(name, str) else None,
            sent=sent,
            fault=request.fault,
        )


def sent_event(body: bytes, field: str | None) -> dict[str, Any] | None:
    """The event in a request's body that the field of an error is about; None where the body
    holds none, or several of which none is meant."""
    try:
        whole = msgspec.json.decode(body) if body else None
    except (msgspec.MsgspecError, UnicodeError):
        return None
    if not isinstance(whole, dict):
        return None
    place = _PLACE.match(field or "")
    if place is None:
        return whole if "event_name" in whole else None
    items, index = whole.get("data"), int(place[1])
    if not isinstance(items, list) or index >= len(items) or not isinstance(items[index], dict):
        return None
    item: dict[str, Any] = items[index]
    return item
