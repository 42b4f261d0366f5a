"""Which API versions exist (docs/wire.md "Versions", decisions.md "Versions")."""

from __future__ import annotations

import pytest

from pastense.versions import DEFAULT_VERSION, KNOWN_VERSIONS, is_known

KNOWN = (
    *("1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"),
    *("2.8", "2.9", "2.10", "2.11", "2.12", "2.13", "2.14", "2.15", "2.16", "2.17"),
    *("Preview", "Unstable"),
)


def test_all_versions_are_known_and_no_others():
    assert set(KNOWN) == KNOWN_VERSIONS
    assert all(is_known(version) for version in KNOWN)


@pytest.mark.parametrize(
    "text", ["", "1.5", "2.18", "3.0", "2", "2.14 ", "preview", "v2.14", "2.014"]
)
def test_anything_else_is_unknown(text):
    assert not is_known(text)


def test_the_default_is_2_14():
    assert DEFAULT_VERSION == "2.14"
