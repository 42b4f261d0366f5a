"""What every call takes beside its own parameters."""

from __future__ import annotations

import pytest

from pastense.client.messages import Timeout
from pastense.client.options import CallOptions
from pastense.client.per_call import NAMES, read_per_call


def test_nothing_is_nothing():
    assert read_per_call({}) == CallOptions()
    assert read_per_call(dict.fromkeys(NAMES)) == CallOptions()


def test_all_four_are_read():
    given = {"timeout": (1, 2), "max_retries": 0, "headers": {"X": "y"}, "version": "2.11"}
    assert given.keys() == NAMES
    assert read_per_call(given) == CallOptions(
        timeout=Timeout(1, 2), max_retries=0, headers=(("X", "y"),), version="2.11"
    )


def test_a_name_that_there_is_not_is_said_with_those_that_there_are():
    with pytest.raises(TypeError, match=r"'retries'.*max_retries"):
        read_per_call({"retries": 3})
    with pytest.raises(TypeError, match="'token'"):
        read_per_call({"token": "other"})
