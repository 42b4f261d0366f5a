"""What a client is made with: from the caller, else from the environment."""

from __future__ import annotations

import pytest

from pastense.client.settings import read_settings, refuse_route

THERE = {"PASTENSE_TOKEN": "of-there", "PASTENSE_URL": "http://there"}


@pytest.mark.parametrize(
    ("token", "base_url", "expected"),
    [
        (None, None, ("of-there", "http://there")),
        ("t", None, ("t", "http://there")),
        (None, "http://host", ("of-there", "http://host")),
        ("t", "http://host", ("t", "http://host")),
    ],
)
def test_the_caller_wins_over_the_environment(token, base_url, expected):
    options = read_settings(token, base_url, environment=THERE)
    assert (options.token, options.base_url) == expected


@pytest.mark.parametrize(
    ("token", "base_url", "environment", "said"),
    [
        (None, "http://h", {}, "PASTENSE_TOKEN"),
        ("", "http://h", THERE, "PASTENSE_TOKEN"),
        (None, "http://h", {"PASTENSE_TOKEN": ""}, "PASTENSE_TOKEN"),
        ("t", None, {}, "PASTENSE_URL"),
        ("t", "", THERE, "PASTENSE_URL"),
    ],
)
def test_what_is_said_nowhere_is_not_guessed(token, base_url, environment, said):
    with pytest.raises(ValueError, match=said):
        read_settings(token, base_url, environment=environment)


def test_everything_else_is_handed_on():
    given = {"version": "2.14", "timeout": 3, "max_retries": 0, "headers": {"X": "y"}}
    options = read_settings("t", "http://h", environment={}, **given)
    assert (options.version, options.max_retries, options.headers) == ("2.14", 0, (("X", "y"),))
    assert options.timeout.read_s == 3


@pytest.mark.parametrize(("proxy", "ca_file"), [("", None), ("http://p:1", None), (None, "x")])
def test_a_route_is_for_the_built_in_transport(proxy, ca_file):
    with pytest.raises(ValueError, match="built-in transport"):
        refuse_route(proxy, ca_file)
    refuse_route(None, None)
