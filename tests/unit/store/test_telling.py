"""What the log hears of migrations: lasting sentences once, passing ones now and then."""

from __future__ import annotations

import logging

from pastense.store import telling
from pastense.store.telling import LogTeller


def test_what_lasts_is_logged_once_and_what_passes_now_and_then(caplog, monkeypatch):
    caplog.set_level(logging.INFO, "pastense.migrations")
    teller = LogTeller()
    for _ in range(2):
        teller.tell("it waits", False)
        teller.tell("10 rows", True)
    monkeypatch.setattr(telling, "PASSING_EVERY_S", 0.0)
    for rows in ("20 rows", "30 rows"):
        teller.tell(rows, True)
    assert caplog.messages == ["it waits", "20 rows", "30 rows"]
