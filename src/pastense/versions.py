"""Which API versions exist, and which one a request is answered in (docs/wire.md "Versions")."""

from __future__ import annotations

from typing import Final

DEFAULT_VERSION: Final = "2.14"
KNOWN_VERSIONS: Final = frozenset(
    [f"1.{minor}" for minor in range(5)]
    + [f"2.{minor}" for minor in range(18)]
    + ["Preview", "Unstable"]
)


def is_known(version: str) -> bool:
    """Whether `version` may stand in the Intercom-Version header; compared exactly."""
    return version in KNOWN_VERSIONS
