"""Claims are exclusive; a free thread takes a job of the receiver that has the fewest busy."""

from __future__ import annotations

import threading

from pastense.service.webhooks.jobs import Claims, Job, Jobs
from pastense.service.webhooks.pace import Pace, Receiver


def job(subscription: int, number: int) -> Job:
    return Job(subscription, number, Receiver(Pace(), 1), False)


def test_a_number_is_taken_once_until_it_is_released():
    claims = Claims()
    assert claims.take(5)
    assert not claims.take(5)
    assert len(claims) == 1
    claims.release(5)
    claims.release(5)
    assert len(claims) == 0
    assert claims.take(5)


def test_of_many_threads_one_takes_a_number():
    claims, took = Claims(), []
    barrier = threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        took.extend(number for number in range(500) if claims.take(number))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == list(range(500))


def test_jobs_of_one_receiver_come_in_order_and_receivers_take_turns():
    jobs = Jobs()
    for number in (1, 2, 3):
        jobs.put(job(7, number))
    jobs.put(job(8, 4))
    taken = []
    for _ in range(4):
        one = jobs.take()
        taken.append(one.number)
        jobs.done(one)
    assert taken == [1, 4, 2, 3]


def test_a_slow_receiver_does_not_keep_the_others_waiting():
    jobs = Jobs()
    for number in range(10):
        jobs.put(job(1, number))
    slow = [jobs.take() for _ in range(3)]
    jobs.put(job(2, 100))
    jobs.put(job(2, 101))
    assert [jobs.take().subscription, jobs.take().subscription] == [2, 2]
    assert jobs.take().subscription == 1
    for one in slow:
        jobs.done(one)


def test_a_thread_waits_for_a_job_and_is_let_go_at_the_end():
    jobs, taken = Jobs(), []
    thread = threading.Thread(target=lambda: taken.extend([jobs.take(), jobs.take()]))
    thread.start()
    jobs.put(job(1, 9))
    while not taken and thread.is_alive() and jobs._ready:
        pass
    jobs.close()
    thread.join(5)
    assert [one and one.number for one in taken] == [9, None]
