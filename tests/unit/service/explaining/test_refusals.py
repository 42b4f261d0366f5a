"""The ring of refusals: bounded, without anything of a person, apart by workspace."""

from __future__ import annotations

import time

import pytest

from pastense.limits import REFUSAL_TEXT_CHARACTERS_MAX
from pastense.model import Refused, Token, Workspace
from pastense.service.explaining.refusals import (
    KeptRefusal,
    RefusalFilter,
    Refusals,
    RefusedRequest,
    select,
)
from tests.unit.support import NOW

WORKSPACES = [Workspace(number, f"w{number}", "W", 0) for number in (1, 2)]


def request(workspace: int = 1, at: int = NOW) -> RefusedRequest:
    token = Token(
        number=7,
        name="ci",
        workspace=WORKSPACES[workspace - 1],
        scopes=(),
        version="2.14",
        created_at=0,
    )
    return RefusedRequest(token, at, "r-1", "POST", "/events", 422)


def keep_one(message: str = "no", field: str | None = None, name: str | None = None) -> KeptRefusal:
    refusals = Refusals(9)
    refusals.keep(request(), [Refused("not_found", message, field)], [name])
    [kept] = refusals.of(1)
    return kept


def test_everything_that_is_known_is_kept():
    kept = keep_one("User Not Found", "data[3].user_id", "did it")
    assert kept == KeptRefusal(
        number=1,
        workspace=1,
        at=NOW,
        request_id="r-1",
        method="POST",
        path="/events",
        status=422,
        code="not_found",
        field="data[3].user_id",
        message="User Not Found",
        token=7,
        token_name="ci",
        event_name="did it",
        cut=False,
    )


def test_the_oldest_go_first():
    refusals = Refusals(3)
    for n in range(5):
        refusals.keep(request(), [Refused("c", f"m{n}")])
    assert [one.message for one in refusals.of(1)] == ["m4", "m3", "m2"]
    assert [one.number for one in refusals.of(1)] == [5, 4, 3]


def test_none_are_kept_where_none_may_be():
    refusals = Refusals(0)
    refusals.keep(request(), [Refused("c", "m")])
    assert refusals.of(1) == []


def test_each_workspace_sees_its_own():
    refusals = Refusals(9)
    refusals.keep(request(1), [Refused("c", "one")])
    refusals.keep(request(2), [Refused("c", "two"), Refused("c", "three")])
    assert [one.message for one in refusals.of(1)] == ["one"]
    assert [one.message for one in refusals.of(2)] == ["three", "two"]


PRIVATE = [
    ("several match ada@example.org - be specific", "several match [email] - be specific"),
    ("a@b", "[email]"),
    ("is taken with id=6b49d200bbc8fec1b8ae05c3", "is taken with id=[id]"),
    ("/contacts/6B49D200BBC8FEC1B8AE05C3/tags", "/contacts/[id]/tags"),
    ("metadata.ada@example.org", "[email]"),
    ("x" * 190 + " ada.lovelace.of.the.engine@example.org", "x" * 190 + " [email]"),
    ("x" * 180 + " 6b49d200bbc8fec1b8ae05c3", "x" * 180 + " [id]"),
]


@pytest.mark.parametrize(("text", "kept"), PRIVATE)
def test_emails_and_ids_are_not_kept(text, kept):
    found = keep_one(text, text, text)
    assert (found.message, found.field, found.event_name) == (kept, kept, kept)


def test_half_a_surrogate_pair_is_not_kept():
    kept = keep_one("Ünicode", "metadata.\ud83d", "\udc00did \U0001f600")
    assert (kept.message, kept.field) == ("Ünicode", "metadata.\ufffd")
    assert kept.event_name == "\ufffddid \U0001f600"


def test_other_hexadecimal_text_is_kept():
    assert keep_one("6b49d200bbc8fec1b8ae05c3ff").message == "6b49d200bbc8fec1b8ae05c3ff"


@pytest.mark.parametrize("extra", [0, 1, 1_000_000])
def test_long_texts_are_cut_and_said_to_be(extra):
    text = "é" * (REFUSAL_TEXT_CHARACTERS_MAX + extra)
    kept = keep_one(text)
    assert kept.cut is (extra > 0)
    assert kept.message == "é" * REFUSAL_TEXT_CHARACTERS_MAX + ("…" if extra else "")


@pytest.mark.parametrize("text", ["@" * 10**6, "a" * 10**6 + "@b", "0123456789abcdef" * 10**5])
def test_no_text_costs_more_than_its_length(text):
    started = time.process_time()
    for _ in range(200):
        keep_one(text, text, text)
    assert time.process_time() - started < 2


def test_the_filters_are_taken_together():
    refusals = Refusals(99)
    for n in range(12):
        code, field = ("even", "odd")[n % 2], (None, "a", "b")[n % 3]
        refusals.keep(request(at=NOW + n), [Refused(code, f"m{n}", field)])
    kept = refusals.of(1)

    def numbers(count: int = 99, **wanted: object) -> list[int]:
        return [one.number - 1 for one in select(kept, RefusalFilter(**wanted), count)]

    assert numbers() == list(range(11, -1, -1))
    assert numbers(3) == [11, 10, 9]
    assert numbers(code="odd", field="a") == [7, 1]
    assert numbers(since=NOW + 9) == [11, 10, 9]
    assert numbers(before=4) == [2, 1, 0]
    assert numbers(code="none") == []
