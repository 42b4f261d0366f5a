"""Small programs that use a tracker, each run in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BEGIN = """
import logging, os, signal, sys, time
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
from pastense.client.tracking.tracker import Tracker
tracker = Tracker({token!r}, base_url={base_url!r}, **{options!r})
def track(count, begin):
    for second in range(begin, begin + count):
        tracker.track("did", user_id="u1", created_at=second)
"""


def program(sandbox, text, **options):
    """The arguments that run a text after a tracker was made; paths are given as texts."""
    given = {name: str(v) if isinstance(v, Path) else v for name, v in options.items()}
    begin = BEGIN.format(base_url=sandbox.base_url, token=sandbox.token, options=given)
    return [sys.executable, "-W", "error", "-c", begin + text]


def run(sandbox, text, timeout_s=20, **options):
    """Run one to its end; the finished process, with what it said."""
    arguments = program(sandbox, text, **options)
    return subprocess.run(arguments, capture_output=True, text=True, timeout=timeout_s, check=False)


def seconds(sandbox):
    """When the stored events happened."""
    return [event.created_at for event in sandbox.events]
