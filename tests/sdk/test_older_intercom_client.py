"""intercom-client 2.11.2, 3.2.1 and 4.0.0 on Node.js, the real ones, each with its scenario."""

from __future__ import annotations

import json

import pytest
from tests.support.sdk_install import SCENARIOS, node_sdk, run_scenario

pytestmark = pytest.mark.xdist_group("older node")


def run(version: str, scenario: str, server, token: str, suffix: str) -> dict:
    """What a scenario printed with that version of the SDK."""
    node, folder = node_sdk(version)
    installed = json.loads((folder / "node_modules/intercom-client/package.json").read_text())
    assert installed["version"] == version
    environment = {
        "SDK_DIR": str(folder),
        "BASE_URL": server.base_url,
        "TOKEN": token,
        "SUFFIX": suffix,
    }
    command = [node, "--no-deprecation", str(SCENARIOS / scenario)]
    return run_scenario(command, environment)


@pytest.fixture(scope="session")
def said_2(server, unique) -> dict:
    """What version 2 was answered; it sends no version, so the token's own decides."""
    token = server.token("--version", "1.4")
    return run("2.11.2", "intercom_client_2.cjs", server, token, unique("run"))


@pytest.fixture(scope="session", params=["3.2.1", "4.0.0"])
def said(request, server, token, unique) -> dict:
    """What versions 3 and 4, which have the same calls, were answered."""
    return run(request.param, "intercom_client_4.cjs", server, token, unique("run"))


def test_node_2_users(said_2):
    users, own = said_2["users"], said_2["userId"]
    assert users["status"] == 200
    assert (users["created"]["type"], users["created"]["user_id"]) == ("user", own)
    assert users["updated"] == {"a": 1}
    assert users["found"] == [users["created"]["id"]] * 3
    assert {own, f"{own}-0", f"{own}-1", f"{own}-2"} <= set(users["listed"])
    assert users["pages"] == [2, 2]
    assert users["count"] >= 4
    assert users["scrolled"] >= 4


def test_node_2_events(said_2):
    events = said_2["events"]
    assert events["created"] == [202, None]
    assert (events["page"], events["next"], events["last"]) == ([3, 2, 1], [0], None)


def test_node_2_tags(said_2):
    tags = said_2["tags"]
    assert tags["ids"] == tags["listed"] * 3
    assert tags["left"] == []


def test_node_2_bulk(said_2):
    bulk = said_2["bulk"]
    status, job = bulk["job"]
    assert (status, job["state"]) == (202, "completed")
    assert [task["item_count"] for task in job["tasks"]] == [2]
    [item] = bulk["errors"]
    assert (item["method"], item["error"]["code"]) == ("delete", "not_found")
    assert bulk["people"]["tasks"][0]["item_count"] == 3
    assert bulk["delete"][:2] == [400, "parameter_invalid"]
    assert bulk["saved"] == f"{said_2['userId']}-bulk"
    assert bulk["archived"][:2] == [404, "not_found"]


def test_node_2_leads(said_2):
    leads = said_2["leads"]
    assert leads["id"] in leads["listed"]
    assert leads["found"] == leads["id"]
    assert leads["converted"] == ["user", f"{said_2['userId']}-lead"]
    assert leads["gone"][:2] == [404, "not_found"]


def test_node_2_refusals(said_2):
    assert said_2["unknown"] == [404, "not_found", "User Not Found"]
    assert said_2["noTime"] == [400, "parameter_not_found", "missing data parameter"]
    assert said_2["unauthorized"] == [401, "unauthorized", "Access Token Invalid"]
    assert said_2["archived"] == said_2["users"]["created"]["id"]
    assert said_2["afterwards"][:2] == [404, "not_found"]


def test_node_3_and_4_contacts(said):
    contacts = said["contacts"]
    user = contacts["created"]
    assert (user["role"], contacts["lead"]["role"]) == ("user", "lead")
    assert (contacts["updated"], contacts["found"]) == ("Grace", said["externalId"])
    assert contacts["searched"] == [user["id"]]
    assert contacts["pages"] == [1, 1]
    assert contacts["conflict"][:2] == [409, "conflict"]
    assert said["segments"] == []


def test_node_3_and_4_events(said):
    events = said["events"]
    assert events["created"] is None
    assert (events["page"], events["next"], events["last"]) == ([4, 3, 2], [1, 0], None)
    assert events["ofLead"] == 1
    [summary] = events["summary"]
    assert (summary["name"], summary["count"]) == ("placed-order", 5)


def test_node_3_and_4_refusals(said):
    assert said["unknown"] == [404, "not_found", "User Not Found"]
    assert said["noName"] == [400, "parameter_not_found", "missing data parameter"]
    assert said["unauthorized"] == [401, "unauthorized", "Access Token Invalid"]


def test_node_3_and_4_merge_archive_and_delete(said):
    ending = said["ending"]
    assert ending["merged"] == said["contacts"]["created"]["id"]
    assert (ending["archived"], ending["unarchived"], ending["deleted"]) == (True, False, True)
    assert ending["gone"][:2] == [404, "not_found"]
