"""The calls about bulk jobs: whose they are, how long they last, what may be asked."""

from __future__ import annotations

import functools
import threading

import pytest

from pastense.limits import DAY_S
from pastense.service.administration.workspaces import create_workspace
from pastense.service.upkeep import STEPS, forget_jobs
from tests.support.inprocess import NOW, InProcess


def make_job(server: InProcess, *user_ids: str, job_id: str | None = None) -> dict:
    """A job with one event for each of the users."""
    items = [
        {"method": "post", "data": {"event_name": "did", "created_at": NOW, "user_id": user_id}}
        for user_id in user_ids or ("u1",)
    ]
    job = {} if job_id is None else {"job": {"id": job_id}}
    reply = server.call("POST", "/bulk/events", {"items": items} | job)
    assert reply.status == 202, reply
    return reply.json


def feed(server: InProcess, job: dict, query: str = "") -> dict:
    return server.call("GET", f"/jobs/{job['id']}/error{query}").json


def other_workspace_token(server: InProcess) -> str:
    workspace = create_workspace(server.store.workspaces, server.clock, "Other")
    return server.make_token(workspace=workspace)


def test_a_job_is_read_as_it_was_answered(shared: InProcess) -> None:
    job = make_job(shared)
    for path in (f"/jobs/{job['id']}", f"/jobs/{job['id']}/"):
        reply = shared.call("GET", path)
        assert (reply.status, reply.json) == (200, job)


def test_the_shape_of_later_versions(shared: InProcess) -> None:
    job = make_job(shared)
    address = f"http://127.0.0.1:{shared.port}/jobs"

    reply = shared.call("GET", f"/jobs/status/{job['id']}")

    assert (reply.status, reply.json) == (
        200,
        {
            "type": "job",
            "id": job["id"],
            "url": f"{address}/status/{job['id']}",
            "status": "success",
            "resource_type": "job",
            "resource_id": job["id"],
            "resource_url": f"{address}/{job['id']}",
        },
    )


def test_a_feed_without_errors(shared: InProcess) -> None:
    job = make_job(shared)
    app = shared.store.admin.workspaces()[0].id
    assert feed(shared, job) == {"app_id": app, "job_id": job["id"], "pages": {}, "items": []}


def test_a_feed_in_pages(shared: InProcess) -> None:
    job = make_job(shared, "no-1", "u1", "no-2", "no-3")
    make_job(shared, "no-4", job_id=job["id"])

    names, pages, address = [], 0, f"/jobs/{job['id']}/error?per_page=2"
    while address:
        page = shared.call("GET", address).json
        names += [item["data"]["user_id"] for item in page["items"]]
        pages += 1
        following = page["pages"].get("next", "")
        assert following == "" or following.startswith(f"http://127.0.0.1:{shared.port}/jobs/")
        address = following.removeprefix(f"http://127.0.0.1:{shared.port}")

    assert (names, pages) == (["no-1", "no-2", "no-3", "no-4"], 2)


def test_name_and_closing_are_changed(server: InProcess) -> None:
    job = make_job(server)
    path = f"/jobs/{job['id']}"

    named = server.call("POST", path, {"type": "job", "name": "import", "state": "failed"})
    assert (named.status, named.json) == (200, job | {"name": "import"})
    later = server.call("POST", path, {"closing_at": NOW + DAY_S, "name": None}).json
    assert later == job | {"name": "import", "closing_at": NOW + DAY_S}
    assert server.call("POST", path, {}).json == later
    server.clock.move(DAY_S - 1)
    assert len(make_job(server, job_id=job["id"])["tasks"]) == 2

    closed = server.call("POST", path, {"closing_at": str(NOW)}).json
    assert closed["closing_at"] == NOW
    body = {"items": [{"method": "post", "data": {}}], "job": {"id": job["id"]}}
    assert server.call("POST", "/bulk/events", body).error == (403, "forbidden", "job.id")


CHANGES = {
    "name": ({"name": 5}, "name"),
    "empty name": ({"name": ""}, "name"),
    "long name": ({"name": "x" * 256}, "name"),
    "NUL": ({"name": "\x00"}, "name"),
    "closing in words": ({"closing_at": "soon"}, "closing_at"),
    "closing is true": ({"closing_at": True}, "closing_at"),
    "closing before 1970": ({"closing_at": -1}, "closing_at"),
    "closing in milliseconds": ({"closing_at": NOW * 1_000}, "closing_at"),
    "closing too late": ({"closing_at": NOW + DAY_S + 1}, "closing_at"),
    "a list": ([], "body"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_refused_change(shared: InProcess, name: str) -> None:
    body, field = CHANGES[name]
    job = make_job(shared)
    reply = shared.call("POST", f"/jobs/{job['id']}", body)
    assert reply.error == (400, "parameter_invalid", field)
    assert shared.call("GET", f"/jobs/{job['id']}").json == job


QUERIES = ("per_page=0", "per_page=1001", "per_page=x", "after=-2", "after=x", f"after={2**63}")


@pytest.mark.parametrize("query", QUERIES)
def test_refused_query_of_a_feed(shared: InProcess, query: str) -> None:
    job = make_job(shared)
    reply = shared.call("GET", f"/jobs/{job['id']}/error?{query}")
    assert reply.error == (400, "parameter_invalid", query.partition("=")[0])
    for good in ("per_page=1", "per_page=1000", "after=-1", f"after={2**63 - 1}", "x=y"):
        assert shared.call("GET", f"/jobs/{job['id']}/error?{good}").status == 200


PATHS = (
    ("GET", "/jobs/{}", "job {} not found"),
    ("POST", "/jobs/{}", "job {} not found"),
    ("GET", "/jobs/{}/error", "job {} not found"),
    ("GET", "/jobs/status/{}", "Job Not Found"),
)


@pytest.mark.parametrize(("method", "path", "message"), PATHS)
def test_an_unknown_job(shared: InProcess, method: str, path: str, message: str) -> None:
    for job_id in ("job_5ca1ab1eca11ab1e", "1", "a%20b"):
        reply = shared.call(method, path.format(job_id), None if method == "GET" else {})
        assert reply.error == (404, "job_not_found", None)
        said = message.format(job_id.replace("%20", " "))
        assert reply.json["errors"][0]["message"] == said
    long = shared.call(method, path.format("x" * 5_000), None if method == "GET" else {})
    assert len(long.body) < 500


@pytest.mark.parametrize(("method", "path", "_"), PATHS)
def test_a_job_of_another_workspace(server: InProcess, method: str, path: str, _: str) -> None:
    job = make_job(server, "nobody")
    stranger = other_workspace_token(server)
    body = None if method == "GET" else {"name": "stolen"}

    theirs = server.call(method, path.format(job["id"]), body, token=stranger)
    assert theirs.error == (404, "job_not_found", None)
    ours = server.call(method, path.format(job["id"]), None if method == "GET" else {})
    assert ours.status == 200
    assert server.call("GET", f"/jobs/{job['id']}").json == job


def test_a_job_of_another_workspace_is_not_added_to(server: InProcess) -> None:
    job = make_job(server)
    item = {"method": "post", "data": {"event_name": "did", "created_at": NOW, "user_id": "u1"}}
    body = {"items": [item], "job": {"id": job["id"]}}

    reply = server.call("POST", "/bulk/events", body, token=other_workspace_token(server))

    assert reply.error == (404, "job_not_found", "job.id")


def test_who_may_do_what(shared: InProcess) -> None:
    job = make_job(shared)
    writers, readers = ("events:write", "contacts:write"), ("events:read", "contacts:read", "admin")
    for scope in (*writers, *readers):
        token = shared.make_token(scope)
        for path in (f"/jobs/{job['id']}", f"/jobs/status/{job['id']}"):
            assert shared.call("GET", path, token=token).status == 200
        expected = 200 if scope in writers else 403
        for method, path in (("GET", f"/jobs/{job['id']}/error"), ("POST", f"/jobs/{job['id']}")):
            reply = shared.call(method, path, None if method == "GET" else {}, token=token)
            assert reply.status == expected, (scope, path)
            assert expected == 200 or reply.error == (403, "forbidden", None)
    assert shared.call("GET", f"/jobs/{job['id']}", token="pst_of_nobody").status == 401


def test_a_feed_is_kept_for_a_day_and_a_job_for_a_week(server: InProcess) -> None:
    job = make_job(server, "nobody")
    state = server.state
    assert forget_jobs in STEPS

    server.clock.move(DAY_S)
    assert forget_jobs(server.store, server.clock, state.limits) is False
    assert len(feed(server, job)["items"]) == 1
    server.clock.move(1)
    assert feed(server, job)["items"] == []  # Also before the step has come round.
    assert forget_jobs(server.store, server.clock, state.limits) is True
    assert server.call("GET", f"/jobs/{job['id']}").status == 200
    server.clock.move(6 * DAY_S)
    assert forget_jobs(server.store, server.clock, state.limits) is True
    assert server.call("GET", f"/jobs/{job['id']}").error == (404, "job_not_found", None)
    assert forget_jobs(server.store, server.clock, state.limits) is False


def test_calls_at_once_leave_one_consistent_job(server: InProcess) -> None:
    job = make_job(server)
    add = functools.partial(make_job, server, "nobody", "u1", job_id=job["id"])
    threads = [threading.Thread(target=add) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.call("GET", f"/jobs/{job['id']}").json["tasks"]) == 13
    places = [int(item["id"].rpartition("-")[2]) for item in feed(server, job)["items"]]
    assert places == [1 + 2 * n for n in range(12)]
    assert len(server.listed()) == 1


def test_other_methods_are_not_allowed(shared: InProcess) -> None:
    reply = shared.call("DELETE", "/jobs/job_1")
    assert reply.error == (405, "method_not_allowed", None)
    assert reply.headers["allow"] == "GET, HEAD, POST"
    assert shared.call("POST", "/jobs/job_1/error", {}).headers["allow"] == "GET, HEAD"


def test_what_was_refused_of_a_person_goes_with_the_person(server: InProcess) -> None:
    fields = {"external_id": "ada", "email": "Ada@Example.org"}
    ada = server.call("POST", "/contacts", fields).json
    named = (
        {"user_id": "ada"},
        {"email": "ada@example.ORG"},
        {"id": ada["id"]},
        {"user": {"user_id": "ada"}},
        {"user_id": "u1"},
    )
    items = [{"method": "post", "data": {"event_name": "did", **data}} for data in named]
    job = server.call("POST", "/bulk/events", {"items": items}).json
    assert len(feed(server, job)["items"]) == len(named)

    assert server.call("DELETE", f"/contacts/{ada['id']}").status == 200
    while server.store.leaving.erase_step():
        pass

    assert [item["data"]["user_id"] for item in feed(server, job)["items"]] == ["u1"]
