"""What every call takes beside its own parameters, under the same names everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from pastense.client.options import CallOptions, TimeoutLike, read_call_options


class PerCall(TypedDict, total=False):
    """`timeout`: seconds, or a pair (connect, read). `max_retries`: further attempts after the
    first. `headers`: beside or instead of the client's. `version`: the Intercom-Version."""

    timeout: TimeoutLike | None
    max_retries: int | None
    headers: Mapping[str, str] | None
    version: str | None


NAMES: Final = frozenset(PerCall.__annotations__)
_NOTHING: Final = CallOptions()


def read_per_call(call: PerCall) -> CallOptions:
    """The options of one call, checked. Raises `TypeError` for a name that there is not."""
    return _NOTHING if not call else _read(dict(call))


def _read(call: dict[str, Any]) -> CallOptions:
    for name in call:
        if name not in NAMES:
            raise TypeError(f"There is no parameter {name!r}; every call takes {sorted(NAMES)}")
    return read_call_options(**call)
