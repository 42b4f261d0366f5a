"""What a workspace sets for itself wins over its profile, and that over the server's limits."""

from __future__ import annotations

import pytest

from pastense.limits import Limits
from pastense.profiles import PROFILES, WORKSPACE_SETTINGS, workspace_limits

SERVER = Limits(list_window_days=30, event_names_max=7)


def test_a_workspace_that_sets_nothing_has_the_servers_limits():
    assert workspace_limits(SERVER, {}) is SERVER
    assert workspace_limits(SERVER, {"profile": "open"}) is SERVER


def test_a_profile_wins_over_the_server():
    found = workspace_limits(SERVER, {"profile": "like-intercom"})
    assert (found.event_names_max, found.list_window_days) == (120, 90)
    assert (found.rate_limit_per_minute, found.tracked_keys_enforced) == (10_000, True)


def test_its_own_settings_win_over_the_profile():
    found = workspace_limits(SERVER, {"profile": "like-intercom", "event_names_max": 3})
    assert (found.event_names_max, found.list_window_days) == (3, 90)


def test_what_no_workspace_may_set_is_left_alone():
    assert workspace_limits(SERVER, {"body_bytes_max": 1}) is SERVER


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_and_settings_are_limits(profile):
    assert set(PROFILES[profile]) <= WORKSPACE_SETTINGS <= set(Limits.__struct_fields__)
