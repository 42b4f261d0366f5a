"""Power cuts: whatever part of what was not synchronised reached the disk, every event that was
acknowledged by then is there once, and nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.api import Api
from tests.faults.actors import Gone
from tests.faults.disk import Disk, read_log
from tests.faults.old_store import look_at_old
from tests.faults.power import Tally, assert_nothing_wrong, cut, live, memory, rows
from tests.faults.shim import LINUX, ONLY_LINUX, Behind, first_token

pytestmark = pytest.mark.skipif(not LINUX, reason=ONLY_LINUX)
HERE = Path(__file__).parent
PROGRAM = (str(HERE / "small_log.py"),)
CARELESS = (str(HERE / "careless.py"),)
OLD_STORE = str(HERE / "old_store.py")
CUTS_SETTING = "PASTENSE_TEST_POWER_CUTS"
CUTS_PER_STORY = 2_000
SYNC_US = 1_000
"""How long an fsync takes here, as on a disk of some speed."""
AT = 1_790_000_000
LOOK_EVERY = 3


def test_every_acknowledged_event_survives_a_power_cut_once(tmp_path):
    behind = Behind(tmp_path)
    behind.control.set(sync_delay_us=SYNC_US)
    story = live(behind, PROGRAM, runs=3, seconds=0.8, seed=1)
    assert [actor.faults for actor in story.actors if actor.faults] == []
    tally = cut(story, 120, seed=2)
    assert tally.cuts > 100
    assert tally.acknowledged > 1_000
    assert set(tally.ways) == {"synchronised", "all", "mixed"}
    assert_nothing_wrong(tally)


def test_the_control_that_does_not_synchronise_is_caught(tmp_path):
    story = live(Behind(tmp_path), CARELESS, runs=2, seconds=0.5, seed=3)
    tally = cut(story, 30, seed=4)
    assert tally.lost > 0, "the verification did not see what the control lost"


def post(port: int, token: str, event: dict[str, object]) -> int:
    with Api(port, token) as api:
        return api.call("POST", "/events", event)[0]


def test_a_duplicate_of_what_a_killed_server_had_not_synchronised_is_on_disk_when_answered(
    tmp_path,
):
    """Killed between writing a commit and its fsync: the next server reads it as committed, and
    says 202 to whoever sends it again. Nothing else is written, so nothing else synchronises it."""
    behind = Behind(tmp_path)
    server = behind.start()
    token = first_token(server)
    event = {"event_name": "did", "created_at": AT, "user_id": "u1"}
    with Api(server.port, token) as api:
        api.create_contact(role="user", external_id="u1")
        api.expect(202, "POST", "/events", event | {"created_at": AT - 1})

    def send() -> None:
        with suppress(*Gone):
            post(server.port, token, event)

    syncs = sum(record.kind == "B" for record in read_log(behind.log))
    behind.control.set(sync_delay_us=10_000_000)
    thread = threading.Thread(target=send)
    thread.start()
    end = time.monotonic() + 20
    while sum(record.kind == "B" for record in read_log(behind.log)) == syncs:
        assert time.monotonic() < end
        time.sleep(0.01)
    server.kill()
    thread.join()
    behind.control.set(sync_delay_us=0)
    server = behind.start()
    assert post(server.port, token, event) == 202
    server.kill()
    disk = Disk(behind.data, seed=1)
    for record in read_log(behind.log):
        disk.play(record)
    (image := tmp_path / "image").mkdir()
    disk.write_image(image, "synchronised")
    found = rows(image / behind.path.name, "SELECT created_at FROM events ORDER BY created_at")
    assert found == [(AT - 1,), (AT,)]


def test_the_power_may_go_at_any_moment_of_a_migration(tmp_path):
    """A store of the first schema is brought up to date; what it held is there at each moment."""
    behind = Behind(tmp_path)
    for program in ([OLD_STORE, str(behind.path)], ["-m", "pastense", "check"]):
        environment = os.environ | behind.environment() | {"PASTENSE_DATABASE": behind.database}
        done = subprocess.run(
            [sys.executable, *program], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    disk = Disk(behind.data, seed=5)
    runs, looks, tally = 0, 0, Tally()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for number, record in enumerate(read_log(behind.log)):
            disk.play(record)
            runs += record.kind == "M"
            if runs < 2 or number % LOOK_EVERY:
                continue
            image = Path(folder) / str(number)
            image.mkdir()
            disk.write_image(image)
            look_at_old(image / behind.path.name, tally)
            shutil.rmtree(image)
            looks += 1
    assert looks > 20
    assert_nothing_wrong(tally)


@pytest.mark.torture
@pytest.mark.skipif(CUTS_SETTING not in os.environ, reason=f"{CUTS_SETTING} is not set")
def test_many_more_power_cuts(tmp_path, long_run):
    wanted = int(os.environ[CUTS_SETTING])
    whole = Tally()
    for number in range(-(-wanted // CUTS_PER_STORY)):
        behind = Behind(tmp_path / str(number))
        behind.control.set(sync_delay_us=SYNC_US)
        story = live(behind, PROGRAM, runs=6, seconds=1.2, seed=100 + number)
        tally = cut(story, min(CUTS_PER_STORY, wanted - whole.cuts), 200 + number, long_run.say)
        behind.log.unlink()
        whole.add(tally)
        long_run.say(f"{whole.cuts:,} of {wanted:,} cuts")
    long_run.end("the power is cut, SQLite", whole.found)
    assert_nothing_wrong(whole)
