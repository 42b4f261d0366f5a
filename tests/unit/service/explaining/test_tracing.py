"""Watching the rules changes nothing of what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.limits import Limits
from pastense.model import NewEvent, Refused
from pastense.service.events import rules
from pastense.service.events.rules import STEPS, judge
from pastense.service.explaining.tracing import trace
from pastense.wire.submission import Draft
from tests.unit.support import NOW

GOOD = {"event_name": "did", "created_at": NOW, "user_id": "u1"}
ODD = st.sampled_from([None, "", " did ", 5, 5.5, "5", -1, NOW * 1000, [], {}, "x" * 300, True])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "event_name": st.just("did") | ODD,
        "created_at": st.just(NOW) | ODD,
        "user_id": st.just("u1") | ODD,
        "id": ODD,
        "email": ODD,
        "metadata": ODD | st.just({"a": 1}) | st.just({f"k{n}": n for n in range(12)}),
    },
)


@given(FIELDS)
def test_a_watched_event_is_judged_as_any_other(fields):
    draft = Draft(fields, fields, "data[3].")
    steps, result = trace(draft, 1, NOW, Limits())
    assert result == judge(draft, 1, NOW, Limits())
    assert [step.name for step in steps] == [step.__name__ for step in STEPS[: len(steps)]]
    assert [step.passed for step in steps[:-1]] == [True] * (len(steps) - 1)
    last = steps[-1]
    if isinstance(result, Refused):
        assert (last.passed, last.refusal, last.findings) == (False, result, ())
    else:
        assert len(steps) == len(STEPS)
        assert last.passed


def test_a_step_that_is_added_is_traced(monkeypatch: pytest.MonkeyPatch):
    """There is one list of rules: what joins it is judged and told of."""

    def check_monday(event: rules.Judged) -> Refused:
        return event.refuse("created_at", "It is Monday")

    monkeypatch.setattr(rules, "STEPS", (*STEPS, check_monday))
    steps, result = trace(Draft(GOOD, GOOD), 1, NOW, Limits())
    assert result == Refused("parameter_invalid", "It is Monday", "created_at")
    assert steps[-1].name == "check_monday"


def test_what_was_derived_is_told_without_the_values_of_metadata():
    fields = GOOD | {"metadata": {"secret": "hunter2", "n": 1}}
    steps, result = trace(Draft(fields, fields), 1, NOW, Limits(metadata_keys_max=1))
    assert isinstance(result, NewEvent)
    derived = {step.name: step.derived for step in steps}
    assert derived == {
        "check_readable": {},
        "check_event_name": {"name": "did"},
        "check_created_at": {"created_at": NOW},
        "check_identifier": {"kind": "user_id", "value": "u1", "identifier_field": "user_id"},
        "check_metadata": {"keys": {"secret": "string"}, "keys_ignored": ["n"]},
        "put_metadata_text": {},
    }
    assert "hunter2" not in repr(steps)
