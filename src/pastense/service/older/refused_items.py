"""Refused items of a bulk call, made ready to be kept: shown as sent, found by their people.

What is kept of an item names a person in one way per identifier only, so that everything of a
deleted person can be found and erased (decisions.md "Bulk and jobs").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from pastense.limits import JOB_ERROR_BYTES_MAX
from pastense.model import IdentifierKind, Refused, RefusedItem
from pastense.wire.bulk import BulkItem, presentable
from pastense.wire.submission import (
    KIND_BY_FIELD,
    identifier_problem,
    identifier_text,
    named_contact,
)

_encode = msgspec.json.Encoder().encode
_SPELLINGS: Final = {"external_id": "user_id"}
"""Names of identifiers elsewhere in the API, which somebody may have sent here."""


def refused_items(
    items: Sequence[BulkItem], outcomes: Sequence[object], at: int
) -> list[RefusedItem]:
    """The refused ones among the items of a call, of which each has its outcome."""
    pairs = enumerate(zip(items, outcomes, strict=True))
    return [
        _refused_item(index, item, outcome, at)
        for index, (item, outcome) in pairs
        if isinstance(outcome, Refused)
    ]


def _refused_item(index: int, item: BulkItem, refused: Refused, at: int) -> RefusedItem:
    data: Any = presentable(item.data)
    people: dict[IdentifierKind, str] = {}
    kept = _name_once(data, people)
    text = _encode(kept)
    if len(text) > JOB_ERROR_BYTES_MAX:
        text = _encode(people)
    email = people.get("email")
    return RefusedItem(
        index,
        at,
        item.method,
        item.data_type,
        text.decode(),
        refused,
        people.get("id"),
        people.get("user_id"),
        None if email is None else email.lower(),
    )


def _name_once(data: dict[str, Any], people: dict[IdentifierKind, str]) -> dict[str, Any]:
    """The data without a second name of the same kind; `people` gets the first of each."""
    kept = dict(_named_once(data, people))
    user = kept.pop("user", None)
    if isinstance(user, dict) and not people:
        kept["user"] = dict(_named_once(user, people))
    return kept


def _named_once(
    fields: dict[str, Any], people: dict[IdentifierKind, str]
) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        named = _who(name, value)
        if named is None or people.setdefault(*named) == named[1]:
            yield name, value


def _who(name: str, value: object) -> tuple[IdentifierKind, str] | None:
    """Whom a field of an item names; None where it can name nobody."""
    name, text = _SPELLINGS.get(name, name), identifier_text(value)
    if name not in KIND_BY_FIELD or text is None or identifier_problem(name, text) is not None:
        return None
    return named_contact(name, text)
