"""python-intercom 3.1.0 and 2.1.1, the real ones, each in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.support.sdk_install import SCENARIOS, python_sdk, run_scenario

from pastense.service.administration.access import SCOPES

pytestmark = pytest.mark.xdist_group("older python")


def run(folder: Path, name: str, server, suffix: str) -> dict:
    """The scenario with that SDK before all others on its path."""
    environment = {
        "PYTHONPATH": str(folder),
        "BASE_URL": server.base_url,
        "TOKEN": server.token("--version", "1.4", *(f"--scope={scope}" for scope in SCOPES)),
        "SUFFIX": suffix,
    }
    return run_scenario([sys.executable, "-W", "ignore", str(SCENARIOS / name)], environment)


@pytest.fixture(scope="session")
def said_3(server, unique) -> dict:
    """What the scenario of 3.1 printed."""
    folder = python_sdk("python-intercom==3.1.0")
    return run(folder, "python_intercom_3.py", server, unique("run"))


@pytest.fixture(scope="session")
def said_2(server, unique) -> dict:
    """What the scenario of 2.1 printed."""
    folder = python_sdk("python-intercom==2.1.1")
    return run(folder, "python_intercom_2.py", server, unique("run"))


@pytest.fixture(params=["3.1.0", "2.1.1"])
def said(request) -> dict:
    """What either of them printed."""
    name = "said_3" if request.param == "3.1.0" else "said_2"
    found = request.getfixturevalue(name)
    assert found["version"] == request.param
    return found


def of_this_run(said: dict, user_ids: list[str]) -> list[str]:
    """The users that the scenario made, without those of other tests of the server."""
    return [user_id for user_id in user_ids if user_id and user_id.startswith(said["user_id"])]


def test_a_user_is_saved_under_one_id(said):
    users = said["users"]
    assert users["again"] == users["created"]
    assert users["found"] == [users["created"]] * 3
    assert users["saved"] == ["Grace", {"plan": "team", "seats": 3}]


def test_users_are_listed_over_pages(said):
    own = said["user_id"]
    newest_first = [f"{own}-3", f"{own}-2", f"{own}-1", f"{own}-0", own]
    assert of_this_run(said, said["users"]["paged"]) == newest_first
    assert of_this_run(said, said["users"]["all"]) == newest_first
    assert said["users"]["count"] >= 5


def test_events_have_no_body_to_read(said, wire):
    assert said["events"]["created"] is None
    listed = {e["event_name"]: e for e in wire.listed(user_id=said["user_id"])}
    assert {"opened"} <= listed.keys()


def test_refusals_are_the_errors_that_the_sdk_knows(said):
    for name in ("lost", "unknown", "after deletion"):
        assert said[name][0] == "ResourceNotFound", name
    assert said["no time"] == ["BadRequestError", "missing data parameter"]
    assert said["unauthorized"][0] == "AuthenticationError"
    assert said["deleted"]


def test_tags_are_made_put_on_users_and_listed(said):
    tags = said["tags"]
    [[number, name]] = tags["listed"]
    assert tags["ids"] == [number] * 4
    assert (tags["on user"], tags["afterwards"]) == ([name], [])


def test_subscriptions_are_made_and_changed(said):
    subscriptions = said["subscriptions"]
    assert subscriptions["saved"] == [subscriptions["made"], True]


def test_python_3_lists_and_deletes_subscriptions(said_3):
    subscriptions = said_3["subscriptions"]
    assert subscriptions["made"] in subscriptions["listed"]
    assert subscriptions["made"] not in subscriptions["left"]


def test_python_3_scrolls_and_sums_up(said_3):
    own = said_3["user_id"]
    scrolled = of_this_run(said_3, said_3["users"]["scrolled"])
    assert scrolled == [own, *(f"{own}-{number}" for number in range(4))]
    assert said_3["events"]["listed"] == [["opened", float(n)] for n in (4, 3, 2, 1, 0)]
    assert said_3["events"]["counts"] == [["opened", 5]]


def test_python_3_submits_a_bulk_job_and_reads_its_errors(said_3, wire):
    bulk, hour_ago = said_3["bulk"], said_3["hour_ago"]
    first = bulk["first"]
    assert (first["state"], first["name"]) == ("completed", "api_bulk_job")
    assert [task["item_count"] for task in first["tasks"]] == [2]
    assert bulk["again"]["id"] == bulk["found"]["id"] == first["id"]
    assert [task["item_count"] for task in bulk["found"]["tasks"]] == [2, 1]
    errors = bulk["errors"]
    assert (errors["job_id"], errors["pages"]) == (first["id"], {})
    [item] = errors["items"]
    assert item["error"]["message"] == "User Not Found"
    assert item["data"]["user_id"].startswith("nobody-")
    listed = [(e["event_name"], e["created_at"]) for e in wire.listed(user_id=said_3["user_id"])]
    assert listed.count(("bulked", hour_ago)) == 1


def test_python_3_saves_and_archives_users_in_bulk(said_3):
    bulk = said_3["bulk"]
    assert bulk["people"]["tasks"][0]["item_count"] == 3
    assert [item["method"] for item in bulk["people errors"]["items"]] == ["delete"]
    assert bulk["number"] == "25"
    assert bulk["archived"][0] == "ResourceNotFound"


def test_python_3_tells_that_a_job_is_not_there(said_3):
    # The generation does not know the code `job_not_found`, so it quotes the message.
    kind, message = said_3["bulk"]["no job"]
    assert kind == "UnexpectedError"
    assert "job job_5ca1ab1eca11ab1e not found" in message
    assert "job job_1 not found" in said_3["bulk"]["added to no job"][1]


def test_python_3_handles_leads(said_3):
    leads = said_3["leads"]
    assert leads["id"] in leads["listed"]
    assert leads["found"] == [leads["id"], True, True]
    assert leads["saved"] == "Named"
    assert leads["gone"][0] == "ResourceNotFound"
    assert leads["events"] == ["asked"]


def test_python_2_counts_and_lists_segments(said_2):
    assert said_2["users"]["counts"]["count"] >= 5
    assert said_2["users"]["segments"] == []
    assert said_2["events"]["saved"] is None
