"""From an answer to what becomes of the events that were sent: pure, nothing is sent here."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from pastense.client.answers import error_of
from pastense.client.messages import Response
from pastense.client.retry import is_retried
from pastense.errors import STATUS_BY_CODE, ApiError, NoAnswer
from pastense.model import Refused

OUR_HEADER: Final = "pastense"
"""A server whose answers carry it takes lists."""
_PLACE: Final = re.compile(r"data\[(\d+)\]")
_BY_CODE: Final = {error.code: error for error in ApiError.__subclasses__()}
_ABOUT_THE_CALLER: Final = frozenset({401, 403, 407})


class Verdict(msgspec.Struct, frozen=True):
    """`done`: each event was stored, is refused, or its contact is unknown (by place).
    `again`: send the same once more. `blocked`: so too, but only somebody who changes the token,
    the address or the version can help. `split`: send the halves apart. `unclear`: the server may
    have stored the events all the same."""

    kind: Literal["done", "again", "blocked", "split"]
    stored: int = 0
    duplicates: int = 0
    unknown: dict[int, ApiError] = {}
    refused: dict[int, ApiError] = {}
    error: ApiError | None = None
    unclear: bool = False


def judge(response: Response, events: int, is_list: bool) -> Verdict:
    """What an answer to so many events means for each of them."""
    status = response.status
    if 200 <= status < 300:
        if not _is_credible(response, is_list):
            return Verdict("again", error=error_of(response), unclear=True)
        duplicates = _count(response, "pastense-duplicates")
        return Verdict("done", events - duplicates, duplicates)
    error = error_of(response)
    if is_retried(status):
        # Ours records nothing where it answers 503. What stands behind another 5xx, as that of a
        # proxy, may have stored the events.
        return Verdict("again", error=error, unclear=status >= 500 and status != 503)
    if status < 400 or status in _ABOUT_THE_CALLER or error.code == "intercom_version_invalid":
        return Verdict("blocked", error=error)
    if is_list and status == 422:
        verdict = _items(response, error.refusals, events)
        if verdict is not None:
            return verdict
    if is_list and events > 1:
        return Verdict("split", error=error)
    place = "unknown" if status == 404 else "refused"
    return Verdict("done", **{place: {0: error}})  # type: ignore[arg-type]


def never_arrived(error: NoAnswer) -> bool:
    """Whether a request without an answer cannot have reached the server: there was no connection
    at all. (The error's cause says so; a transport that gives none is not believed to know.)"""
    return isinstance(error.__cause__, ConnectionRefusedError | socket.gaierror)


def _is_credible(response: Response, is_list: bool) -> bool:
    """Whether a success comes from a server that takes events. The page of a proxy or of a
    network's sign-in says 200 too, and says nothing about the events."""
    if OUR_HEADER in response.headers:
        return True
    if is_list:
        return False
    try:
        response.json()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _items(response: Response, refusals: Sequence[Refused], events: int) -> Verdict | None:
    """The verdict on each item of a list that was stored in part; None where the answer does not
    add up, so that nothing is taken for stored that is not."""
    unknown: dict[int, ApiError] = {}
    refused: dict[int, ApiError] = {}
    for refusal in refusals:
        found = _PLACE.match(refusal.field or "")
        if found is None or int(found[1]) >= events:
            return None
        side = unknown if refusal.code == "not_found" else refused
        side[int(found[1])] = _error(refusal)
    stored = _count(response, "pastense-stored")
    duplicates = _count(response, "pastense-duplicates")
    if stored + duplicates + len(unknown) + len(refused) != events:
        return None
    return Verdict("done", stored, duplicates, unknown, refused)


def _error(refusal: Refused) -> ApiError:
    kind = _BY_CODE.get(refusal.code, ApiError)
    return kind.from_answer(STATUS_BY_CODE.get(refusal.code, 422), [refusal])


def _count(response: Response, header: str) -> int:
    value = response.headers.get(header, "")
    return int(value) if value.isascii() and value.isdigit() else 0
