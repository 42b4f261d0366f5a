"""A file of the spool: what is written is read back, what is torn or damaged is recognised."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.tracking import segments
from pastense.client.tracking.segments import Segment, encode_record, read_records


@pytest.fixture
def path(tmp_path):
    return tmp_path / "00000001.events"


@pytest.fixture
def segment(path):
    made = Segment(path, new=True)
    yield made
    made.close()


def bodies(items):
    return [item.body for item in items]


def reopened(path):
    found = Segment(path, new=False)
    items = found.read(1000, 10**9)
    found.close()
    return bodies(items), found


def test_what_is_written_is_read_once_in_order(segment):
    written = [b"event %d" % number for number in range(10)]
    for body in written:
        segment.append(body, 5.0)
    assert bodies(segment.read(4, 10**6)) == written[:4]
    assert bodies(segment.read(100, 18)) == written[4:6]  # 8 bytes and a comma each
    assert not segment.is_read
    assert bodies(segment.read(100, 10**6)) == written[6:]
    assert segment.is_read
    assert segment.read(100, 10**6) == []


def test_one_event_is_read_however_large_it_is(segment):
    large = b"x" * (segments.READ_BYTES * 2)
    segment.append(large, 5.0)
    segment.append(b"small", 5.0)
    assert bodies(segment.read(10, 10)) == [large]
    assert bodies(segment.read(10, 10)) == [b"small"]


def test_the_next_process_gets_what_is_not_settled(path, segment):
    for number in range(6):
        segment.append(b"%d" % number, 5.0)
    items = segment.read(10, 10**6)
    segment.settle([items[0].index, items[1].index, items[4].index])
    assert reopened(path)[0] == [b"2", b"3", b"5"]
    assert [item.tracked_at for item in items] == [5.0] * 6


def test_held_records_are_not_read_here_but_by_the_next_process(path, segment):
    segment.append(b"held", 1.0, held=True)
    segment.append(b"other", 1.0)
    assert bodies(segment.read(10, 100)) == [b"other"]
    assert reopened(path)[0] == [b"held", b"other"]


def test_an_emptied_file_settles_nothing_of_what_comes_next(path, segment):
    for number in range(3):
        segment.append(b"%d" % number, 5.0)
    segment.settle([item.index for item in segment.read(2, 100)])
    segment.settle([item.index for item in segment.read(2, 100)])
    assert segment.unsettled == 0
    segment.empty()
    segment.append(b"next", 5.0)
    assert reopened(path)[0] == [b"next"]
    assert bodies(segment.read(10, 100)) == [b"next"]


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8), st.integers(0, 10**6))
def test_a_torn_end_costs_only_what_is_torn(written, cut):
    data = b"".join(encode_record(body, 1.0) for body in written)
    cut %= len(data) + 1
    found = [record.body for record in read_records(data[:cut])]
    assert found == written[: len(found)]
    whole = sum(record.size_bytes for record in read_records(data[:cut]))
    if len(found) < len(written):
        assert cut - whole < len(encode_record(written[len(found)], 1.0))


def test_a_torn_end_is_cut_off_and_said(path, segment, caplog):
    segment.append(b"whole", 5.0)
    segment.append(b"torn", 5.0)
    os.truncate(path, path.stat().st_size - 1)
    found, again = reopened(path)
    assert found == [b"whole"]
    assert "cut off" in caplog.text
    again = Segment(path, new=False)
    again.remove()
    assert list(path.parent.iterdir()) == []


def test_damage_is_said_and_the_file_is_kept(path, segment, caplog):
    for body in (b"first", b"second", b"third"):
        segment.append(body, 5.0)
    data = path.read_bytes().replace(b"second", b"sXcond")
    path.write_bytes(data)
    found, _ = reopened(path)
    assert found == [b"first"]
    assert "damaged" in caplog.text
    Segment(path, new=False).remove()
    assert [left.name for left in path.parent.iterdir()] == ["00000001.damaged"]
    assert path.with_suffix(".damaged").read_bytes() == data


def test_a_damaged_list_of_what_is_settled_settles_nothing(path, segment):
    for number in range(4):
        segment.append(b"%d" % number, 5.0)
    segment.settle([item.index for item in segment.read(2, 100)])
    done = path.with_suffix(".done")
    data = bytearray(done.read_bytes())
    data[4] ^= 3
    done.write_bytes(bytes(data) + b"torn")
    assert reopened(path)[0] == [b"0", b"1", b"2", b"3"]


def test_what_cannot_be_read_back_is_counted(path, segment):
    for body in (b"first", b"second", b"third"):
        segment.append(body, 5.0)
    path.write_bytes(path.read_bytes().replace(b"second", b"sXcond"))
    assert bodies(segment.read(10, 10**6)) == [b"first"]
    assert segment.lost == 2
    assert segment.broken


def test_a_full_disk_writes_the_event_whole_or_not_at_all(path, segment, monkeypatch):
    segment.append(b"fits", 5.0)
    write = os.write
    monkeypatch.setattr(segments.os, "write", lambda fd, data: write(fd, data[:7]))
    with pytest.raises(OSError) as raised:
        segment.append(b"does not fit", 5.0)
    monkeypatch.undo()
    assert raised.value.errno == errno.ENOSPC
    segment.append(b"fits again", 5.0)
    assert reopened(path)[0] == [b"fits", b"fits again"]


def test_files_are_for_their_owner_alone(path, segment):
    segment.append(b"one", 5.0)
    segment.append(b"two", 5.0)
    segment.settle([segment.read(1, 100)[0].index])
    assert {left.stat().st_mode & 0o777 for left in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 2
