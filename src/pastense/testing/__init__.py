"""Test code that sends events, offline: the sandbox is a real server of ours in your process.

    from pastense.testing import Sandbox

    with Sandbox() as sandbox:
        ...  # your code, with sandbox.base_url and sandbox.token
        sandbox.assert_tracked("invited-friend", user_id="u1")

With pytest the fixture `intercom_sandbox` is there without an import (docs/sandbox.md).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pastense.testing.clock import SandboxClock as SandboxClock
    from pastense.testing.faults import Fault as Fault
    from pastense.testing.records import RecordedContact as RecordedContact
    from pastense.testing.records import RecordedDuplicate as RecordedDuplicate
    from pastense.testing.records import RecordedEvent as RecordedEvent
    from pastense.testing.records import RecordedRefusal as RecordedRefusal
    from pastense.testing.records import RecordedRequest as RecordedRequest
    from pastense.testing.sandbox import Sandbox as Sandbox

_MODULES = {
    "Fault": "faults",
    "RecordedContact": "records",
    "RecordedDuplicate": "records",
    "RecordedEvent": "records",
    "RecordedRefusal": "records",
    "RecordedRequest": "records",
    "Sandbox": "sandbox",
    "SandboxClock": "clock",
}
"""Where the public names are. They are loaded when they are asked for, as pytest imports this
package in every project that has Pastense installed."""

__all__ = [
    "Fault",
    "RecordedContact",
    "RecordedDuplicate",
    "RecordedEvent",
    "RecordedRefusal",
    "RecordedRequest",
    "Sandbox",
    "SandboxClock",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
