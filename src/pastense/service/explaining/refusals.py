"""The latest refusals, kept in memory so that people can be told why something was refused.

Nothing of a person is kept: no bodies, no identifiers. Messages and fields that repeat an email
or a contact's id are kept without it (decisions.md "Explaining").
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from pastense.limits import REFUSAL_TEXT_CHARACTERS_MAX
from pastense.model import Refused, Token

_LOOKED_AT_CHARACTERS: Final = 3 * REFUSAL_TEXT_CHARACTERS_MAX
"""An email or an id that begins in the part that is kept ends in the part that is looked at."""
_CONTACT_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CUT: Final = "…"
"""Stands at the end of a text that was too long."""


class KeptRefusal(msgspec.Struct, frozen=True):
    """One refusal. `path` is the template of a call, "" where the path is unknown; `cut` says
    that a text was too long to be kept whole. `number` counts the refusals of the process."""

    number: int
    workspace: int
    at: int
    request_id: str
    method: str
    path: str
    status: int
    code: str
    field: str | None
    message: str
    token: int
    token_name: str
    event_name: str | None
    cut: bool


class RefusedRequest(msgspec.Struct, frozen=True):
    """What the refusals of one request share."""

    token: Token
    at: int
    request_id: str
    method: str
    path: str
    status: int


class RefusalFilter(msgspec.Struct, frozen=True):
    """Which refusals are asked for; `before` is the number that all of theirs are below."""

    code: str | None = None
    field: str | None = None
    since: int | None = None
    before: int | None = None


class Refusals:
    """A ring of the latest refusals of all workspaces. Used from one thread, the web floor's."""

    def __init__(self, kept_max: int) -> None:
        self._kept: deque[KeptRefusal] = deque(maxlen=kept_max)
        self._count = 0

    def keep(
        self,
        request: RefusedRequest,
        refusals: Sequence[Refused],
        event_names: Sequence[str | None] = (),
    ) -> None:
        """Keep the refusals of one request; `event_names` stand beside them where known."""
        for index, refused in enumerate(refusals):
            self._count += 1
            name = event_names[index] if index < len(event_names) else None
            self._kept.append(_kept(self._count, request, refused, name))

    def of(self, workspace: int) -> list[KeptRefusal]:
        """The refusals of one workspace, newest first."""
        return [one for one in reversed(self._kept) if one.workspace == workspace]


def select(kept: Sequence[KeptRefusal], wanted: RefusalFilter, count: int) -> list[KeptRefusal]:
    """The first so many that were asked for."""
    return list(islice((one for one in kept if _matches(one, wanted)), count))


def _matches(one: KeptRefusal, wanted: RefusalFilter) -> bool:
    return (
        (wanted.before is None or one.number < wanted.before)
        and (wanted.since is None or one.at >= wanted.since)
        and (wanted.code is None or one.code == wanted.code)
        and (wanted.field is None or one.field == wanted.field)
    )


def _kept(number: int, request: RefusedRequest, refused: Refused, name: str | None) -> KeptRefusal:
    token = request.token
    texts = (refused.field, refused.message, name, token.name)
    field, message, event_name, token_name = (None if t is None else _clean(t) for t in texts)
    cleaned = (field, message, event_name, token_name)
    return KeptRefusal(
        number=number,
        workspace=token.workspace.number,
        at=request.at,
        request_id=request.request_id,
        method=request.method,
        path=request.path,
        status=request.status,
        code=refused.code,
        field=field,
        message=message or "",
        token=token.number,
        token_name=token_name or "",
        event_name=event_name,
        cut=any(text is not None and text.endswith(_CUT) for text in cleaned),
    )


def _clean(text: str) -> str:
    """A text without emails and contact ids, and not longer than may be kept. Half of a
    surrogate pair, for which an item may have been refused, is no text that can be answered."""
    looked_at = text[:_LOOKED_AT_CHARACTERS]
    if not looked_at.isascii():
        looked_at = _SURROGATE.sub("\ufffd", looked_at)
    if "@" in looked_at:
        words = looked_at.split(" ")
        looked_at = " ".join("[email]" if "@" in word else word for word in words)
    looked_at = _CONTACT_ID.sub("[id]", looked_at)
    if len(text) <= _LOOKED_AT_CHARACTERS and len(looked_at) <= REFUSAL_TEXT_CHARACTERS_MAX:
        return looked_at
    return looked_at[:REFUSAL_TEXT_CHARACTERS_MAX] + _CUT
