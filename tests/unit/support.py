"""What the unit tests share: a fixed time, and refusals as values to compare."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pastense.errors import ApiError
from pastense.model import NewEvent

NOW = 1_800_000_000
"""Where every unit test's clock stands at first: 2027-01-15 08:00 UTC."""
DAY_S = 86_400

Faults = tuple[int, str, str | None]


def refusal(call: Callable[..., object], *args: object, **kwargs: object) -> Faults:
    """(status, code, field) of the one refusal that a call raises."""
    with pytest.raises(ApiError) as caught:
        call(*args, **kwargs)
    (only,) = caught.value.refusals
    assert only.message, "a refusal says what is wrong"
    return caught.value.status, only.code, only.field


def new_event(value: str = "u1", **fields: object) -> NewEvent:
    """An event that passed the rules, with some fields changed."""
    given = {
        "workspace": 1,
        "kind": "user_id",
        "value": value,
        "name": "did",
        "created_at": NOW,
        "metadata": "{}",
        "keys": (),
        "field": "",
        "identifier_field": "user_id",
    }
    return NewEvent(**(given | fields))


def attempt(call: Callable[..., object], *args: object) -> tuple[object, ApiError | None]:
    """What a call returns, and the refusal it raises instead; any other error is a fault."""
    try:
        return call(*args), None
    except ApiError as error:
        return None, error


def share_emails(path: Path) -> None:
    """Give all contacts the email a@b.de, which no call allows but older data may hold."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE contacts SET email = 'a@b.de', email_key = 'a@b.de'")
