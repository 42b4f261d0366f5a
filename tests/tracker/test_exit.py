"""The end of a process: what was tracked arrives, stays in the spool, or is said to be lost."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from tests.tracker.conftest import assert_adds_up
from tests.tracker.programs import program, run, seconds

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "end", ["", "sys.exit(3)", "raise ValueError('x')", "tracker.close()", "del tracker"]
)
def test_what_was_tracked_right_before_the_end_arrives(end, sandbox):
    done = run(sandbox, f"track(500, 1000)\n{end}")
    assert seconds(sandbox) == list(range(1000, 1500)), done.stderr
    assert "lost" not in done.stderr


def test_the_end_waits_no_longer_than_it_may_and_says_what_is_lost(sandbox):
    sandbox.hang(30)
    begun = time.monotonic()
    done = run(sandbox, "track(50, 1000)", exit_timeout_s=0.3)
    assert time.monotonic() - begun < 5
    assert "WARNING The tracker was closed with 49 events that were not sent: lost" in done.stderr
    assert "before an answer said whether 1 events were stored" in done.stderr


def test_what_is_in_the_spool_at_the_end_is_sent_by_the_next_process(sandbox, tmp_path):
    spool = tmp_path / "spool"
    sandbox.fail_next(1000)
    done = run(sandbox, "track(50, 1000)", exit_timeout_s=0.2, spool=spool)
    assert "50 events stay in the spool" in done.stderr
    sandbox.clear_faults()
    assert seconds(sandbox) == []
    done = run(sandbox, "print(tracker.flush(5), tracker.stats().recovered)", spool=spool)
    assert done.stdout.split() == ["True", "50"]
    assert seconds(sandbox) == list(range(1000, 1050))
    assert list(spool.iterdir()) == []


def test_a_killed_process_leaves_everything_to_the_next(sandbox, tmp_path, make_tracker):
    spool = tmp_path / "spool"
    sandbox.fail_next(1000)
    text = "track(700, 1000); print('tracked', flush=True); time.sleep(60)"
    with subprocess.Popen(program(sandbox, text, spool=spool), stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    sandbox.clear_faults()
    tracker = make_tracker(spool=spool)
    assert tracker.flush(10)
    assert seconds(sandbox) == list(range(1000, 1700))
    assert_adds_up(tracker.stats(), 700)
    assert tracker.stats().recovered == 700


def test_a_killed_process_without_a_spool_loses_them(sandbox, make_tracker):
    """The control of the test before: the same without a spool."""
    sandbox.fail_next(1000)
    text = "track(700, 1000); print('tracked', flush=True); time.sleep(60)"
    with subprocess.Popen(program(sandbox, text), stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    sandbox.clear_faults()
    assert make_tracker().flush(10)
    assert seconds(sandbox) == []


def test_what_was_sent_is_not_sent_again(sandbox, tmp_path):
    spool = tmp_path / "spool"
    text = "track(300, 1000); assert tracker.flush(10)\n"
    text += "while tracker.stats().spooled: time.sleep(0.01)\n"
    text += "os.kill(os.getpid(), signal.SIGKILL)"
    run(sandbox, text, spool=spool)
    done = run(sandbox, "print(tracker.flush(5), tracker.stats().recovered)", spool=spool)
    assert done.stdout.split() == ["True", "0"]
    assert {event.copies for event in sandbox.events} == {1}


def test_files_of_a_living_process_are_left_alone(sandbox, tmp_path, make_tracker):
    spool = tmp_path / "spool"
    sandbox.fail_next(1)
    text = "track(5, 1000); print('tracked', flush=True); sys.stdin.read()"
    arguments = program(sandbox, text, spool=spool)
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdout=pipe, stdin=pipe, stderr=pipe) as process:
        process.stdout.readline()
        tracker = make_tracker(spool=spool)
        assert tracker.flush(5)
        assert tracker.stats().recovered == 0
        process.stdin.close()
        process.wait(10)
        process.stderr.read()
    assert seconds(sandbox) == list(range(1000, 1005))


def test_events_for_another_server_stay_where_they_are(sandbox, tmp_path, make_tracker, caplog):
    spool = tmp_path / "spool"
    elsewhere = make_tracker(base_url=NOWHERE, spool=spool)
    elsewhere.track("did", user_id="u1")
    elsewhere.close(0.05)
    tracker = make_tracker(spool=spool)
    assert tracker.flush(5)
    assert sandbox.events == []
    assert "another server" in caplog.text
    again = make_tracker(base_url=NOWHERE, spool=spool)
    again.flush(0.2)
    assert again.stats().recovered == 1
