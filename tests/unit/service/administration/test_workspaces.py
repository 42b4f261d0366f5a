"""What a workspace may set: checked, and shown with where each value comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.limits import Limits
from pastense.model import Workspace
from pastense.profiles import WORKSPACE_SETTINGS
from pastense.service.administration.workspaces import (
    SETTING_NAMES,
    WorkspaceChange,
    change_workspace,
    create_workspace,
    current_workspace,
    read_change,
    read_label,
    read_setting,
    setting_bounds,
    settings_of,
)
from pastense.settings import Settings
from tests.unit.support import NOW, attempt, refusal

NUMBERS = sorted(name for name in WORKSPACE_SETTINGS if setting_bounds(name))
FLAGS = sorted(WORKSPACE_SETTINGS - set(NUMBERS))


def fault(name: str) -> tuple[int, str, str]:
    return 400, "parameter_invalid", f"settings.{name}"


def test_numbers_and_flags_are_what_they_are():
    assert FLAGS == ["create_unknown_contacts", "tracked_keys_enforced"]
    assert {*SETTING_NAMES} == {"profile", *WORKSPACE_SETTINGS}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_keeps_its_bounds(name):
    smallest, largest = setting_bounds(name)
    for value in (smallest, largest, float(largest), 0):
        found = read_setting(name, value)
        assert (found, type(found)) == (value, int)
    for bad in (smallest - 1, largest + 1, 1.5, 1e300, "5", "", True, [], {}, [5]):
        assert refusal(read_setting, name, bad) == fault(name)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_true_or_false(name):
    assert read_setting(name, True) is True
    assert read_setting(name, False) is False
    for bad in (0, 1, "true", "", [], 1.0):
        assert refusal(read_setting, name, bad) == fault(name)


@pytest.mark.parametrize("name", SETTING_NAMES)
def test_null_takes_a_setting_away(name):
    assert read_setting(name, None) is None


def test_a_profile_is_one_of_those_that_are_there():
    assert read_setting("profile", "like-intercom") == "like-intercom"
    for bad in ("", "Like-Intercom", 1, True, ["open"]):
        assert refusal(read_setting, "profile", bad) == fault("profile")


@pytest.mark.parametrize("name", ["body_bytes_max", "tombstone_days", "port", "", "__class__"])
def test_other_names_are_refused(name):
    assert refusal(read_setting, name, 1) == fault(name)
    assert refusal(read_setting, name, None) == fault(name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("list_window_days", "30", 30),
        ("create_unknown_contacts", "true", True),
        ("create_unknown_contacts", "0", False),
        ("profile", "open", "open"),
    ],
)
def test_a_text_that_a_person_wrote_is_read(name, text, value):
    assert read_setting(name, text, from_text=True) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("list_window_days", text) for text in ("", "x", "-1", "1.5", "null", "9" * 40)),
        *(("create_unknown_contacts", text) for text in ("", "perhaps", "2")),
        ("profile", "closed"),
    ],
)
def test_a_text_that_is_no_value_is_refused(name, text):
    assert refusal(read_setting, name, text, from_text=True) == fault(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)


@given(st.sampled_from(SETTING_NAMES), JSON, st.booleans())
def test_whatever_is_read_is_a_value_of_its_kind(name, value, from_text):
    found, error = attempt(lambda: read_setting(name, value, from_text=from_text))
    if error is None and found is not None and name != "profile":
        Limits(**{name: found})
        bounds = setting_bounds(name)
        assert type(found) is (int if bounds else bool)
        assert bounds is None or bounds[0] <= found <= bounds[1]


@pytest.mark.parametrize("name", ["a", "x" * 255, "Acme  Ltd", "\u00e9\U0001f600"])
def test_a_name_is_kept_as_sent(name):
    assert read_label(name, "name") == name


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb", "\x00", "\x7f", "\x9f", "\ud800", 5, None])
def test_another_name_is_refused(name):
    assert refusal(read_label, name, "name") == (400, "parameter_invalid", "name")


def test_a_body_becomes_a_change():
    assert read_change({}) == WorkspaceChange(None, {})
    assert read_change({}).is_empty
    body = {"name": "Acme", "settings": {"retention_days": 3, "profile": None}, "other": 1}
    change = read_change(body)
    assert change == WorkspaceChange("Acme", {"retention_days": 3, "profile": None})
    assert change.detail == {"name": "Acme", "settings": {"retention_days": 3, "profile": None}}
    assert not change.is_empty


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": None}, "name"),
        ({"settings": None}, "settings"),
        ({"settings": []}, "settings"),
        ({"settings": {"retention_days": -1}}, "settings.retention_days"),
        ({"settings": {"colour": 1}}, "settings.colour"),
        ({"settings": {"x" * 3000: 1}}, "settings." + "x" * 100),
        ({"list_window_days": 30}, "list_window_days"),
        ({"name": "Acme", "settings": {}, "profile": None}, "profile"),
    ],
)
def test_a_bad_body_names_its_field(body, field):
    assert refusal(read_change, body) == (400, "parameter_invalid", field)


def test_each_value_says_where_it_comes_from():
    own = {"profile": "like-intercom", "list_window_days": 7}
    workspace = Workspace(1, "id", "n", NOW, own)
    server = Settings(limits=Limits(retention_days=5, event_names_max=3))
    found = {one.name: (one.value, one.source) for one in settings_of(workspace, server)}
    assert found == {
        "profile": ("like-intercom", "workspace"),
        "create_unknown_contacts": (False, "server"),
        "event_names_max": (120, "profile"),
        "list_window_days": (7, "workspace"),
        "metadata_keys_max": (10, "profile"),
        "rate_limit_per_minute": (10_000, "profile"),
        "retention_days": (5, "server"),
        "tracked_keys_enforced": (True, "profile"),
        "tracked_keys_max": (10, "profile"),
    }


def test_a_workspace_that_sets_nothing_shows_the_servers_profile():
    first, *others = settings_of(Workspace(1, "id", "n", NOW), Settings(profile="like-intercom"))
    assert (first.name, first.value, first.source) == ("profile", "like-intercom", "server")
    assert {one.source for one in others} == {"server"}
    assert all(one.meaning for one in (first, *others))


def test_every_number_has_a_unit():
    listed = settings_of(Workspace(1, "id", "n", NOW), Settings())
    assert sorted(one.name for one in listed if one.unit) == NUMBERS


def test_making_and_changing_are_recorded_and_nothing_else_is(store, clock):
    made = create_workspace(store.workspaces, clock, "Acme")
    assert store.workspaces.find(made.id) == made
    change = WorkspaceChange("Acme Ltd", {"retention_days": 3})
    changed = change_workspace(store.workspaces, made, change, NOW + 1, "token 1 (t)")
    assert (changed.name, changed.settings) == ("Acme Ltd", {"retention_days": 3})
    nothing = change_workspace(store.workspaces, made, WorkspaceChange(None, {}), NOW, "x")
    assert nothing == current_workspace(store.workspaces, made) == changed
    newest, oldest = store.audit.page(made.number, None, 9)
    assert (oldest.act, oldest.actor, oldest.at) == ("workspace created", "command line", NOW)
    assert oldest.detail == {"workspace": made.id, "name": "Acme"}
    assert (newest.act, newest.actor, newest.at) == ("workspace changed", "token 1 (t)", NOW + 1)
    assert newest.detail == {"name": "Acme Ltd", "settings": {"retention_days": 3}}
