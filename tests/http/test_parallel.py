"""Every call that changes something, sent twenty times at once: one consistent result.

`CASES` has an entry for every such operation; a new operation without one fails the first test.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from pastense.web.app import OPERATIONS
from tests.http.parallel_cases import CASES, READING, TIMES, Case, World
from tests.support.inprocess import InProcess, Reply, in_process


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The module's server may reach receivers on this machine."""
    folder = tmp_path_factory.mktemp("parallel")
    with in_process(folder, webhook_private_targets=True) as running:
        yield running


def test_every_change_has_a_case() -> None:
    changing = {f"{o.method} {o.path}" for o in OPERATIONS if o.method != "GET"} - READING
    assert {case.call for case in CASES} == changing


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
def test_twenty_at_once(apart: InProcess, case: Case) -> None:
    world = World(apart)
    if case.before is not None:
        method, path = world.fill_path(case.before[0]).split(" ")
        assert world.call(method, path, world.put_in(case.before[1])).status == 200
    acts = world.acts()
    replies = at_once(world, case)
    answered = Counter(reply.status for reply in replies)
    if isinstance(case.statuses, Counter):
        assert answered == case.statuses, replies
    else:
        assert answered.keys() == case.statuses, replies
    assert case.after(world) == case.expected
    assert list(apart.store.events.recount(lambda *_: None)) == []
    added = world.acts() - acts
    assert {act: count for act, count in added.items() if act in case.acts} == case.acts, added


def at_once(world: World, case: Case) -> list[Reply]:
    """The call, from twenty threads that begin together."""
    method, path = case.call.split(" ")
    path, body = world.fill_path(case.path or path), world.put_in(case.body)
    barrier, replies = threading.Barrier(TIMES), []

    def send() -> None:
        barrier.wait()
        replies.append(world.server.call(method, path, body, case.headers, token=world.token))

    threads = [threading.Thread(target=send) for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == TIMES
    return replies
