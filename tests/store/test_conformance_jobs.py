"""What every store does with bulk jobs, and with several writes as one transaction."""

from __future__ import annotations

import threading

import pytest

from pastense.identity import new_job_id, new_task_id
from pastense.limits import JOB_STEP_ITEMS_MAX, JOB_TASKS_SHOWN_MAX
from pastense.model import JobTask, NewJob, Refused, RefusedItem, Workspace, WritePolicy
from pastense.store.base import ContactExists, Window
from tests.store.conftest import NOW

ALL = Window(1_000)
STRANGE = Refused("not_found", "User Not Found", "user_id")


@pytest.fixture
def elsewhere(bench) -> Workspace:
    """A second workspace of the same store."""
    bench.execute("INSERT INTO workspaces (id, name, created_at) VALUES ('other', 'Other', 0)")
    return bench.store.admin.workspaces()[1]


def refused(index: int, at: int = NOW, **fields: object) -> RefusedItem:
    given = {"method": "post", "data_type": "event", "data": '{"user_id":"u1"}', "refused": STRANGE}
    return RefusedItem(index=index, at=at, **(given | fields))


def new_job(name: str = "import") -> NewJob:
    return NewJob(new_job_id(), name, NOW + 900)


def new_task(items: int, at: int = NOW) -> JobTask:
    return JobTask(new_task_id(), items, at, at, at + 1)


def record(bench, job=None, items=2, those=(), workspace=None, at=NOW):
    workspace = workspace or bench.workspace
    return bench.store.jobs.record(workspace, job or new_job(), new_task(items, at), those)


def feed(bench, job, *, since=0, after=-1, limit=1_000, workspace=None):
    return bench.store.jobs.refused(workspace or bench.workspace, job.id, since, after, limit)


def test_a_new_job_is_found_as_it_was_recorded(bench):
    job = record(bench)

    assert job.id.startswith("job_")
    assert (job.workspace_id, job.name) == (bench.workspace.id, "import")
    assert (job.created_at, job.updated_at, job.completed_at) == (NOW, NOW + 1, NOW + 1)
    assert job.closing_at == NOW + 900
    [task] = job.tasks
    assert (task.item_count, task.created_at, task.started_at) == (2, NOW, NOW)
    assert task.completed_at == NOW + 1
    assert bench.reopen().jobs.find(bench.workspace, job.id) == job


def test_two_new_jobs_are_two(bench):
    assert record(bench).id != record(bench).id


def test_a_call_that_is_recorded_again_is_there_once(bench):
    jobs, new, items = bench.store.jobs, new_job(), [refused(1)]
    first, second, third = new_task(2), new_task(3), new_task(5)
    opened = jobs.record(bench.workspace, new, first, items)

    assert jobs.record(bench.workspace, new, first, items) == opened
    added = jobs.record(bench.workspace, opened.id, second, items)
    assert jobs.record(bench.workspace, opened.id, second, items) == added
    assert added.tasks == (first, second)
    assert [item.index for item in feed(bench, added)] == [1, 3]
    jobs.record(bench.workspace, opened.id, third, items)
    assert [item.index for item in feed(bench, added)] == [1, 3, 6], "each is counted once"


def test_a_job_is_added_to(bench):
    first = record(bench)
    again = record(bench, first.id, items=5, at=NOW + 60)

    assert (again.id, again.name, again.created_at) == (first.id, "import", NOW)
    assert (again.updated_at, again.completed_at) == (NOW + 61, NOW + 61)
    assert [task.item_count for task in again.tasks] == [2, 5]
    assert len({task.id for task in again.tasks}) == 2


def test_a_job_that_is_not_there(bench):
    jobs = bench.store.jobs
    assert jobs.find(bench.workspace, "job_0") is None
    assert record(bench, "job_0", those=[refused(0)]) is None
    assert jobs.update(bench.workspace, "job_0", "x", None, NOW) is None
    assert jobs.refused(bench.workspace, "job_0", 0, -1, 10) == []
    assert bench.execute("SELECT count(*) FROM job_errors") == [(0,)]


def test_a_job_of_another_workspace_is_not_there(bench, elsewhere):
    job = record(bench, those=[refused(0)])
    jobs = bench.store.jobs

    assert jobs.find(elsewhere, job.id) is None
    assert record(bench, job.id, workspace=elsewhere) is None
    assert jobs.update(elsewhere, job.id, "x", NOW, NOW) is None
    assert feed(bench, job, workspace=elsewhere) == []
    assert jobs.find(bench.workspace, job.id) == job


def test_only_the_newest_calls_are_shown(bench):
    job = record(bench)
    for number in range(JOB_TASKS_SHOWN_MAX):
        job = record(bench, job.id, items=number)

    assert [task.item_count for task in job.tasks] == list(range(JOB_TASKS_SHOWN_MAX))


def test_calls_at_once_are_all_in_the_job(bench):
    job = record(bench)
    threads = [
        threading.Thread(target=record, args=(bench, job.id, 3, [refused(2)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(bench.store.jobs.find(bench.workspace, job.id).tasks) == 9
    assert [item.index for item in feed(bench, job)] == [4 + 3 * n for n in range(8)]


def test_name_and_closing_are_changed_one_by_one(bench):
    job = record(bench)
    jobs = bench.store.jobs

    named = jobs.update(bench.workspace, job.id, "other", None, NOW + 5)
    assert (named.name, named.closing_at, named.updated_at) == ("other", NOW + 900, NOW + 5)
    closed = jobs.update(bench.workspace, job.id, None, NOW, NOW + 6)
    assert (closed.name, closed.closing_at, closed.updated_at) == ("other", NOW, NOW + 6)
    assert jobs.find(bench.workspace, job.id) == closed


def test_refused_items_have_their_place_in_the_job(bench):
    one = refused(1, method="delete", data_type="user", contact_id="c", user_id="u", email_key="e")
    job = record(bench, items=3, those=[one])
    record(bench, job.id, items=4, those=[refused(0, NOW + 9), refused(3, NOW + 9)])

    assert feed(bench, job)[0] == one
    assert [item.index for item in feed(bench, job)] == [1, 3, 6]
    assert [item.index for item in feed(bench, job, after=1)] == [3, 6]
    assert [item.index for item in feed(bench, job, limit=2)] == [1, 3]
    assert [item.index for item in feed(bench, job, since=NOW + 9)] == [3, 6]
    assert feed(bench, record(bench)) == []


def test_old_items_and_old_jobs_are_forgotten(bench):
    old = record(bench, those=[refused(0)])
    fresh = record(bench, those=[refused(1, NOW + 50)], at=NOW + 50)
    jobs = bench.store.jobs

    assert jobs.forget_step(NOW, NOW) is False
    assert jobs.forget_step(NOW + 1, NOW) is True
    assert feed(bench, old) == []
    assert [item.index for item in feed(bench, fresh)] == [1]
    assert jobs.forget_step(NOW + 1, NOW + 2) is True
    assert jobs.forget_step(NOW + 1, NOW + 2) is False
    assert jobs.find(bench.workspace, old.id) is None
    assert jobs.find(bench.workspace, fresh.id) == fresh
    assert bench.execute("SELECT count(*) FROM job_tasks") == [(1,)]


def test_a_job_stays_as_long_as_its_items(bench):
    job = record(bench, those=[refused(0, NOW + 50)])

    assert bench.store.jobs.forget_step(NOW, NOW + 10) is False
    assert bench.store.jobs.find(bench.workspace, job.id) == job


def test_forgetting_goes_in_small_steps(bench):
    many = [refused(index) for index in range(JOB_STEP_ITEMS_MAX + 1)]
    record(bench, items=len(many), those=many)

    assert bench.store.jobs.forget_step(NOW + 1, 0) is True
    assert bench.execute("SELECT count(*) FROM job_errors") == [(1,)]
    assert bench.store.jobs.forget_step(NOW + 1, 0) is True
    assert bench.store.jobs.forget_step(NOW + 1, 0) is False


def written_with(bench, events, jobs, then=None):
    """Write events, and a call for each of the jobs in the same transaction."""
    found = []

    def both(outcomes):
        found[:] = [record(bench, job, len(outcomes)) for job in jobs]
        if then is not None:
            then()

    outcomes = bench.store.events.write(events, WritePolicy(NOW), both)
    return [one.duplicate for one in outcomes], found


def test_a_call_is_recorded_in_the_transaction_of_its_events(bench):
    contact = bench.contact("u1")
    old = record(bench)
    duplicates, (added, new) = written_with(bench, [bench.event("a")], [old.id, new_job()])

    assert duplicates == [False]
    assert [task.item_count for task in added.tasks] == [2, 1]
    other = bench.reopen()
    assert [other.jobs.find(bench.workspace, job.id) for job in (added, new)] == [added, new]
    assert [event.name for event in other.events.page(contact, ALL)] == ["a"]


def test_neither_events_nor_their_call_stay_where_writing_one_of_them_breaks(bench):
    contact = bench.contact("u1")
    seen = []

    def stop():
        seen.append(len(bench.store.events.page(contact, ALL)))
        raise KeyError("stop")

    with pytest.raises(KeyError):
        written_with(bench, [bench.event("a")], [new_job()], stop)

    assert seen == [1], "what was written is seen within the transaction"
    other = bench.reopen()
    assert other.events.page(contact, ALL) == []
    assert bench.execute("SELECT count(*) FROM jobs") == [(0,)]
    duplicates, (job,) = written_with(bench, [bench.event("a")], [new_job()])
    assert duplicates == [False], "it can be written again"
    assert bench.names_miscounted() == []
    assert other.jobs.find(bench.workspace, job.id) == job


def test_a_call_without_events_is_recorded(bench):
    duplicates, (job,) = written_with(bench, [], [new_job()])
    assert duplicates == []
    assert bench.reopen().jobs.find(bench.workspace, job.id) == job


def test_groups_at_once_that_add_to_the_same_jobs_lose_nothing(bench):
    """In turns of opposite order, which two transactions beside each other cannot both keep."""
    bench.contact("u1")
    bench.write(bench.event("n", NOW - 1_000))
    jobs = [record(bench, items=1).id for _ in range(2)]
    stores = [bench.store, bench.reopen()]

    def work(index):
        for start in range(0, 60, 3):
            group = [
                bench.event("n", NOW - index * 60 - second) for second in range(start, start + 3)
            ]
            store = stores[index]

            def both(outcomes, store=store):
                for job in jobs if index else reversed(jobs):
                    store.jobs.record(bench.workspace, job, new_task(len(outcomes)), ())

            store.events.write(group, WritePolicy(NOW), both)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = bench.execute("SELECT item_count FROM jobs")
    assert counts == [(121,), (121,)]
    assert bench.names_miscounted() == []


def test_writes_together_are_seen_by_the_same_thread_first(bench):
    store, other = bench.store, bench.reopen()
    with store.together():
        bench.contact("u1")
        assert len(store.contacts.find(bench.workspace, "user_id", "u1")) == 1
        assert other.contacts.find(bench.workspace, "user_id", "u1") == []
    assert len(other.contacts.find(bench.workspace, "user_id", "u1")) == 1


def test_what_raises_among_writes_together_is_undone_alone(bench):
    with bench.store.together():
        bench.contact("u1", email="one@example.org")
        with pytest.raises(ContactExists):
            bench.contact("u1")
        bench.contact("u2")

    found = bench.store.contacts.find
    assert found(bench.workspace, "user_id", "u1")[0].email == "one@example.org"
    assert len(found(bench.workspace, "user_id", "u2")) == 1


def test_writes_together_are_undone_together(bench):
    bench.contact("u0")
    with pytest.raises(KeyError), bench.store.together():
        bench.contact("u1")
        raise KeyError("stop")

    assert bench.store.contacts.find(bench.workspace, "user_id", "u1") == []
    bench.contact("u1")


def test_writes_together_within_each_other_are_one(bench):
    with bench.store.together():
        with bench.store.together():
            bench.contact("u1")
        bench.contact("u2")
        assert len(bench.store.contacts.find(bench.workspace, "user_id", "u2")) == 1
    assert len(bench.reopen().contacts.find(bench.workspace, "user_id", "u1")) == 1
