"""The fixture tests code that knows nothing of Pastense: python-intercom, and intercom-client on
Node.js, with each fault as these SDKs see it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from intercom.core.api_error import ApiError
from intercom.core.http_client import HttpClient

from tests.sandbox.inviting import client, invite_friend
from tests.support.sdk_install import node_sdk, run_scenario

SCRIPT = Path(__file__).with_name("inviting.mjs")


@pytest.fixture
def intercom(intercom_sandbox, monkeypatch):
    """The application's own client, pointed at the sandbox by its environment alone."""
    monkeypatch.setenv("INTERCOM_URL", intercom_sandbox.base_url)
    monkeypatch.setenv("INTERCOM_TOKEN", intercom_sandbox.token)
    monkeypatch.setattr("intercom.core.http_client.INITIAL_RETRY_DELAY_SECONDS", 0.01)
    intercom_sandbox.add_contact("u1")
    made = client()
    yield made
    http: HttpClient = made._client_wrapper.httpx_client
    http.httpx_client.close()


def statuses(sandbox) -> list[int | None]:
    return [request.status for request in sandbox.requests]


def test_an_event_of_the_official_sdk(intercom, intercom_sandbox):
    invite_friend(intercom, "u1", "Ada")
    intercom_sandbox.assert_tracked("invited-friend", user_id="u1", metadata={"friend": "Ada"})
    with pytest.raises(AssertionError, match="expected 'Bob', got 'Ada'"):
        intercom_sandbox.assert_tracked("invited-friend", metadata={"friend": "Bob"})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_sdk_tries_again_what_failed(intercom, intercom_sandbox, status):
    intercom_sandbox.fail_next(1, status=status)
    invite_friend(intercom, "u1", "Ada")
    assert statuses(intercom_sandbox) == [status, 202]
    intercom_sandbox.assert_tracked("invited-friend")


def test_the_sdk_gives_up_after_its_last_attempt(intercom, intercom_sandbox):
    intercom_sandbox.fail_next(3, status=500)
    with pytest.raises(ApiError) as caught:
        invite_friend(intercom, "u1", "Ada")
    assert caught.value.status_code == 500
    assert statuses(intercom_sandbox) == [500] * 3
    intercom_sandbox.assert_not_tracked("invited-friend")


def test_a_hang_is_a_timeout_of_the_sdk(intercom, intercom_sandbox):
    intercom_sandbox.hang(30, path="/events")
    try:
        invite_friend(intercom, "u1", "Ada")
    except httpx.ReadTimeout:
        intercom_sandbox.assert_not_tracked("invited-friend")
    assert intercom_sandbox.requests[0].fault == "hang"


@pytest.mark.parametrize(("fault", "times"), [("reset_connection", 0), ("lose_answer", 1)])
def test_a_broken_connection_as_the_sdk_sees_it(intercom, intercom_sandbox, fault, times):
    getattr(intercom_sandbox, fault)(3)
    with pytest.raises(httpx.TransportError):
        invite_friend(intercom, "u1", "Ada")
    intercom_sandbox.assert_tracked("invited-friend", times=times)


def test_a_revoked_token_as_the_sdk_sees_it(intercom, intercom_sandbox):
    intercom_sandbox.revoke_token()
    with pytest.raises(ApiError) as caught:
        invite_friend(intercom, "u1", "Ada")
    assert caught.value.status_code == 401


@pytest.mark.xdist_group("node")
def test_code_on_node(intercom_sandbox):
    node, folder = node_sdk("7.0.3")
    intercom_sandbox.add_contact("u1")
    environment = {
        "SDK_DIR": str(folder),
        "INTERCOM_URL": intercom_sandbox.base_url,
        "INTERCOM_TOKEN": intercom_sandbox.token,
    }
    intercom_sandbox.fail_next(1, status=503, retry_after_s=1)
    said = run_scenario([node, str(SCRIPT), "u1", "Ada"], environment)
    assert said == {"failure": None}
    assert statuses(intercom_sandbox) == [503, 202]
    intercom_sandbox.assert_tracked("invited-friend", user_id="u1", metadata={"friend": "Ada"})
    said = run_scenario([node, str(SCRIPT), "nobody", "Ada"], environment)
    assert said["failure"]["status"] == 404
