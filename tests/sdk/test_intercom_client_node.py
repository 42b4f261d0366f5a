"""intercom-client 7.0.3 on Node.js: one script makes every call, these tests judge its answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.sdk_install import node_sdk, run_scenario

HERE = Path(__file__).parent / "node"
VERSION = "7.0.3"

pytestmark = pytest.mark.xdist_group("node")
"""With `--dist loadgroup` one worker runs the scenario for all of these tests."""


@pytest.fixture(scope="session")
def sdk_of_node() -> tuple[str, Path]:
    """The Node.js program and the folder that holds the SDK."""
    return node_sdk(VERSION)


@pytest.fixture(scope="session")
def said(sdk_of_node, server, token, unique) -> dict:
    """What the scenario printed: the answers to all its calls."""
    node, folder = sdk_of_node
    environment = {
        "SDK_DIR": str(folder),
        "BASE_URL": server.base_url,
        "TOKEN": token,
        "SUFFIX": unique("run"),
    }
    return run_scenario([node, str(HERE / "scenario.mjs")], environment)


def test_the_pinned_version_is_the_one_that_ran(sdk_of_node):
    _, folder = sdk_of_node
    installed = json.loads((folder / "node_modules/intercom-client/package.json").read_text())
    assert installed["version"] == VERSION


def test_identify_and_the_two_contacts(said):
    assert said["me"]["type"] == "admin"
    assert said["me"]["app"]["id_code"] == said["user"]["workspace_id"]
    user, lead = said["user"], said["lead"]
    assert (user["type"], user["role"], user["name"]) == ("contact", "user", "Grace")
    assert (user["external_id"], user["email"]) == (said["userId"], said["email"])
    assert lead["role"] == "lead"
    assert len(user["id"]) == len(lead["id"]) == 24


@pytest.mark.parametrize("which", ["byUserId", "duplicate", "byLead"])
def test_an_event_is_answered_with_an_empty_202(said, which):
    answer = said["events"][which]
    assert answer["status"] == 202
    assert answer["headers"].get("content-length", "0") == "0"
    assert answer["headers"]["pastense-event-id"]
    assert answer["headers"]["intercom-version"] == "2.14"
    assert answer["headers"]["x-request-id"]


def test_events_are_listed_once_newest_first(said, facts):
    answer = said["events"]["list"]
    listed, start = answer["data"], said["hourAgo"]
    assert answer["headers"]["content-type"] == "application/json; charset=utf-8"
    assert listed["type"] == "event.list"
    assert [(e["event_name"], e["created_at"] - start) for e in listed["events"]] == [
        ("step-1", 5),
        ("step-0", 4),
        ("step-1", 3),
        ("step-0", 2),
        ("step-1", 1),
        ("placed-order", 0),
    ]
    for event in listed["events"]:
        assert event["type"] == "event"
        assert facts.second_of(event["id"]) == event["created_at"]
        assert event["intercom_user_id"] == said["user"]["id"]
        assert (event["user_id"], event["email"]) == (said["userId"], said["email"])
    assert said["events"]["byEmail"]["events"] == listed["events"]
    assert listed["pages"]["next"] is None


def test_the_first_copy_of_a_duplicate_stays(said):
    first, second = said["events"]["byUserId"], said["events"]["duplicate"]
    order = said["events"]["list"]["data"]["events"][-1]
    assert first["headers"]["pastense-event-id"] == order["id"]
    assert second["headers"]["pastense-event-id"] == order["id"]
    assert order["metadata"] == {
        "order_date": said["hourAgo"],
        "order_number": {"value": "3434-3434", "url": "https://example.org/orders/3434"},
        "price": {"currency": "usd", "amount": 2999},
        "paid": True,
    }
    assert list(order["metadata"]) == ["order_date", "order_number", "price", "paid"]


def test_the_lead_has_its_own_events(said, facts):
    listed, start = said["events"]["ofLead"], said["hourAgo"]
    assert [event["created_at"] - start for event in listed["events"]] == [1, 0]
    assert {event["intercom_user_id"] for event in listed["events"]} == {said["lead"]["id"]}
    [item] = said["events"]["ofLeadSummary"]["events"]
    assert (item["name"], item["count"]) == ("viewed", 2)
    assert (item["first"], item["last"]) == (facts.iso(start), facts.iso(start + 1))


def test_paging_back_with_the_parameters_of_next(said, facts, server):
    walk = said["events"]["walk"]
    assert [len(page) for page in walk["pages"]] == [4, 2]
    read = [event for page in walk["pages"] for event in page]
    assert read == said["events"]["list"]["data"]["events"]
    assert walk["urls"][-1] is None
    parameters = facts.page_parameters(walk["urls"][0], server)
    assert parameters["intercom_user_id"] == said["user"]["id"]
    assert (parameters["type"], parameters["per_page"]) == ("user", "4")


def test_polling_with_the_parameters_of_since(said, facts, server):
    polling = said["polling"]
    assert facts.page_parameters(polling["since"], server)["since"]
    assert polling["quiet"]["events"] == []
    [news] = polling["news"]["events"]
    assert (news["event_name"], news["created_at"]) == ("ticked", said["hourAgo"] + 60)


def test_summaries_written_twice_replace_themselves(said, facts):
    summaries = said["summaries"]
    assert [answer["status"] for answer in summaries["written"]] == [200, 200]
    assert summaries["empty"]["status"] == 400
    assert summaries["summary"]["type"] == "event.summary"
    items = {item["name"]: item for item in summaries["summary"]["events"]}
    order = items["placed-order"]
    assert order["count"] == 5
    assert order["first"] == "2022-12-14T14:41:34.000Z"
    assert order["last"] == facts.iso(said["hourAgo"])
    assert items["step-1"]["count"] == 3
    assert items["ticked"]["count"] == 1


def test_unstable_sends_lists_and_counts(said, facts):
    unstable = said["unstable"]
    assert (unstable["sent"]["status"], unstable["written"]["status"]) == (202, 200)
    lists = unstable["lists"]
    assert lists["user_id"] == lists["email"] == lists["intercom_user_id"]
    [event] = lists["user_id"]
    assert (event["event_name"], event["created_at"]) == ("paid", unstable["second"])
    assert event["metadata"] == {"price": {"amount": 34999, "currency": "eur"}}
    [item] = [item for item in unstable["summary"]["events"] if item["name"] == "paid"]
    assert (item["count"], item["last"]) == (3, facts.iso(unstable["second"]))
    assert unstable["shown"]["id"] == said["user"]["id"]
    assert unstable["me"]["headers"]["intercom-version"] == "Unstable"


def test_contacts_are_found_updated_searched_and_paged(said):
    finding, user = said["finding"], said["user"]
    assert finding["found"] == finding["byExternalId"] == user
    assert (finding["updated"]["name"], finding["updated"]["email"]) == ("Ada", user["email"])
    assert len(finding["made"]) == 5
    assert sorted(finding["searched"]) == sorted(finding["made"])
    assert finding["usersWithExternalId"] == [user["id"]]
    listed = finding["listed"]
    assert len(listed) == len(set(listed)) == finding["total"]
    assert {user["id"], said["lead"]["id"], *finding["made"]} <= set(listed)


@pytest.mark.parametrize(
    ("which", "status", "code", "message"),
    [
        ("unknownUser", 404, "not_found", "User Not Found"),
        ("unauthorizedSend", 401, "unauthorized", "Access Token Invalid"),
        ("unauthorizedList", 401, "unauthorized", "Access Token Invalid"),
        ("unauthorizedMe", 401, "unauthorized", "Access Token Invalid"),
        ("noName", 400, "parameter_not_found", "missing data parameter"),
    ],
)
def test_refusals_have_intercoms_words(said, facts, which, status, code, message):
    refusal = said["refusals"][which]
    assert refusal["status"] == status
    assert refusal["isIntercomError"] is True
    facts.check_error(refusal["body"], code, message)
    assert refusal["requestId"] == refusal["body"]["request_id"]


def test_a_wrong_token_is_the_sdks_own_error(said):
    assert said["refusals"]["unauthorizedSend"]["isUnauthorized"] is True
    assert said["refusals"]["unauthorizedList"]["isUnauthorized"] is True


def test_conflicts_name_the_contact_that_is_there(said, facts):
    words = f"contact matching those details already exists with id={said['user']['id']}"
    conflict, archived = said["refusals"]["conflict"], said["ending"]["conflictArchived"]
    assert (conflict["status"], archived["status"]) == (409, 409)
    facts.check_error(conflict["body"], "conflict", f"A {words}")
    facts.check_error(archived["body"], "conflict", f"An archived {words}")


def test_versions_are_echoed_and_a_wrong_one_refused(said):
    versions = said["versions"]
    assert versions.pop("default") == "2.14"
    assert versions.pop("client") == "2.11"
    assert versions == {name: name for name in ("1.0", "2.7", "2.14", "Unstable")}
    refused = said["refusals"]["badVersion"]
    assert refused["status"] == 400
    assert refused["body"]["errors"][0]["code"] == "intercom_version_invalid"


def test_a_repeated_post_is_a_harmless_duplicate(said):
    assert said["retry"]["delivered"] == [202, 202]
    assert [item["count"] for item in said["retry"]["counts"]] == [1]


def test_archive_unarchive_and_delete(said, facts):
    ending, user = said["ending"], said["user"]
    assert ending["archived"]["archived"] is True
    assert ending["whileArchived"]["status"] == 404
    facts.check_error(ending["whileArchived"]["body"], "not_found", "User Not Found")
    assert ending["readable"] == 9
    assert (ending["unarchived"]["id"], ending["unarchived"]["archived"]) == (user["id"], False)
    assert ending["afterwards"]["status"] == 202
    assert (ending["deleted"]["id"], ending["deleted"]["deleted"]) == (user["id"], True)
    for which in ("gone", "eventsGone"):
        assert ending[which]["status"] == 404
        facts.check_error(ending[which]["body"], "not_found", "User Not Found")
