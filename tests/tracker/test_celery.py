"""A tracker that is made once and used by the tasks of a real Celery worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import celery

from tests.tracker.conftest import wait_until
from tests.tracker.programs import seconds

APPLICATION = """
import celery
from pastense import Tracker
app = celery.Celery("shop", broker="filesystem://")
app.conf.broker_transport_options = {queue!r}
tracker = Tracker({token!r}, base_url={base_url!r})
tracker.track("imported", user_id="u1", created_at=1)
@app.task
def place_order(second):
    tracker.track("placed-order", user_id="u1", created_at=second)
"""
WORKER = ("-m", "celery", "-A", "shop", "worker", "--pool", "prefork", "-c", "1", "-l", "info")
TASKS = 5
"""So many does a process do before it ends and another takes its place."""
QUIET = (
    "--max-tasks-per-child",
    str(TASKS),
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
)


def test_what_tasks_track_arrives_though_the_worker_ends(sandbox, tmp_path):
    """The worker forks its processes after the tracker was made and used, and ends them without
    `atexit`, a second after the last task. The server hangs for longer, so what was tracked still
    waits then."""
    (tmp_path / "queue").mkdir()
    folders = ("data_folder_in", "data_folder_out", "control_folder")
    queue = dict.fromkeys(folders, str(tmp_path / "queue")) | {"polling_interval": 0.05}
    given = {"queue": queue, "token": sandbox.token, "base_url": sandbox.base_url}
    (tmp_path / "shop.py").write_text(APPLICATION.format(**given))
    send_tasks(queue)
    sandbox.hang(1.3, count=2)  # What the module tracks, and what the first task does.
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, *WORKER, *QUIET]
    log = tmp_path / "log"
    with log.open("w") as said:
        worker = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=said, stderr=said, start_new_session=True
        )
    try:
        wait_until(lambda: len(seconds(sandbox)) == 1 + TASKS, 30, log.read_text)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert {event.copies for event in sandbox.events} == {1}


def send_tasks(queue):
    """Before there is a worker: Celery's transport of files may read one that is half written."""
    with celery.Celery("shop", broker="filesystem://") as sender:
        sender.conf.broker_transport_options = queue
        for second in range(1000, 1000 + TASKS):
            sender.send_task("shop.place_order", (second,))
