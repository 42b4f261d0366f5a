"""The calls of an administrator: the workspace and its settings, the audit log, tokens."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.inprocess import NOW, InProcess, Reply

WORKSPACE, AUDIT, TOKENS = (f"/pastense/v1/{name}" for name in ("workspace", "audit", "tokens"))
DEFAULTS = {
    "profile": "open",
    "create_unknown_contacts": False,
    "event_names_max": 0,
    "list_window_days": 90,
    "metadata_keys_max": 10,
    "rate_limit_per_minute": 0,
    "retention_days": 0,
    "tracked_keys_enforced": False,
    "tracked_keys_max": 10,
}


class Admin:
    """Calls a server with a token that may do everything."""

    def __init__(self, server: InProcess) -> None:
        self.server = server
        self.token = server.make_token("admin", "events:read", "events:write", "contacts:write")

    def __call__(self, method: str, path: str, body: object = None) -> Reply:
        return self.server.call(method, path, body, token=self.token)

    def set(self, **settings: object) -> dict:
        """Change settings; all values that hold then."""
        reply = self("PUT", WORKSPACE, {"settings": settings})
        assert reply.status == 200, reply
        return {name: one["value"] for name, one in reply.json["settings"].items()}

    def acts(self, query: str = "") -> list[dict]:
        """The newest acts first, each as (act, detail)."""
        reply = self("GET", AUDIT + query)
        assert reply.status == 200, reply
        return reply.json["data"]

    def wait_until(self, holds) -> None:
        """A change holds within a second; the time of day may stand still."""
        deadline = time.monotonic() + 1.0
        while not holds():
            assert time.monotonic() < deadline, "the change does not hold after a second"


@pytest.fixture
def admin(server: InProcess) -> Admin:
    return Admin(server)


def test_a_fresh_workspace_shows_the_servers_settings(admin: Admin) -> None:
    shown = admin("GET", WORKSPACE).json
    assert (shown["type"], shown["name"], shown["created_at"]) == (
        *("pastense.workspace", "Pastense"),
        NOW,
    )
    assert shown["id"] == admin("GET", "/me").json["app"]["id_code"]
    assert {name: one["value"] for name, one in shown["settings"].items()} == DEFAULTS
    assert {one["source"] for one in shown["settings"].values()} == {"server"}
    assert shown["settings"]["list_window_days"] == {
        "value": 90,
        "source": "server",
        "unit": "days",
        "meaning": "how far back lists reach; 0: without end",
    }


def test_settings_are_set_kept_and_taken_away(admin: Admin) -> None:
    assert admin.set(profile="like-intercom", list_window_days=7) == {
        **DEFAULTS,
        "profile": "like-intercom",
        "event_names_max": 120,
        "list_window_days": 7,
        "rate_limit_per_minute": 10_000,
        "tracked_keys_enforced": True,
    }
    shown = admin("GET", WORKSPACE).json["settings"]
    sources = [shown[name]["source"] for name in ("list_window_days", "event_names_max")]
    assert sources == ["workspace", "profile"]
    assert admin.set(list_window_days=None)["list_window_days"] == 90
    assert admin.set(profile=None) == DEFAULTS


def test_a_name_is_changed_alone(admin: Admin) -> None:
    admin.set(retention_days=3)
    reply = admin("PUT", WORKSPACE, {"name": "Acme \u00e9"})
    assert reply.json["name"] == "Acme \u00e9"
    assert reply.json["settings"]["retention_days"]["value"] == 3


def test_a_call_that_names_nothing_changes_and_records_nothing(admin: Admin) -> None:
    before = admin.acts()
    for body in ({}, b"", {"settings": {}}, {"other": 1}):
        assert admin("PUT", WORKSPACE, body).status == 200
    assert admin.acts() == before


BAD = [
    ({"settings": {"colour": 1}}, "settings.colour"),
    ({"settings": {"body_bytes_max": 1}}, "settings.body_bytes_max"),
    ({"settings": {"list_window_days": "7"}}, "settings.list_window_days"),
    ({"settings": {"list_window_days": -1}}, "settings.list_window_days"),
    ({"settings": {"list_window_days": 1_000_001}}, "settings.list_window_days"),
    ({"settings": {"list_window_days": 1.5}}, "settings.list_window_days"),
    ({"settings": {"event_names_max": 10_000_001}}, "settings.event_names_max"),
    ({"settings": {"event_names_max": True}}, "settings.event_names_max"),
    ({"settings": {"create_unknown_contacts": 1}}, "settings.create_unknown_contacts"),
    ({"settings": {"profile": "closed"}}, "settings.profile"),
    ({"settings": {"retention_days": {"value": 1}}}, "settings.retention_days"),
    ({"settings": [1]}, "settings"),
    ({"settings": None}, "settings"),
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"name": "a\u0007"}, "name"),
    ({"name": "x" * 256}, "name"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_a_bad_change_is_refused_whole(shared: InProcess, body: object, field: str) -> None:
    admin = Admin(shared)
    before = admin("GET", WORKSPACE).json
    if isinstance(body, dict) and isinstance(body.get("settings"), dict):
        body = {"settings": {"tracked_keys_max": 3, **body["settings"]}}
    assert admin("PUT", WORKSPACE, body).error == (400, "parameter_invalid", field)
    assert admin("GET", WORKSPACE).json == before
    assert [act["act"] for act in admin.acts("?per_page=1")] == ["token created"]


@pytest.mark.parametrize("days", [0, 1, 1_000_000])
def test_lists_reach_as_far_as_the_workspace_says(server: InProcess, days: int) -> None:
    admin = Admin(server)
    ages = {"two days": 2, "a year": 365}
    for name, age in ages.items():
        server.post_event(event_name=name, created_at=NOW - age * 86_400)
    assert len(server.listed()) == 1, "the default is 90 days"
    admin.set(list_window_days=days)
    expected = 0 if days == 1 else 2
    admin.wait_until(lambda: len(server.listed()) == expected)


def test_settings_hold_for_submissions_within_a_second(server: InProcess) -> None:
    admin = Admin(server)
    assert server.post_event(user_id="stranger").status == 404
    admin.set(create_unknown_contacts=True, event_names_max=1, metadata_keys_max=1)
    admin.wait_until(lambda: server.post_event(user_id="stranger").status == 202)
    refused = server.post_event(event_name="another")
    assert refused.error == (422, "422", "event_name")
    assert "more than 1 active" in refused.json["errors"][0]["message"]
    reply = server.post_event(created_at=7, metadata={"a": 1, "b": 2})
    assert reply.headers["pastense-ignored-keys"] == "1"
    admin.set(event_names_max=None)
    admin.wait_until(lambda: server.post_event(event_name="another").status == 202)


def test_changes_at_once_all_hold(server: InProcess) -> None:
    admin = Admin(server)
    numbers = ("event_names_max", "list_window_days", "metadata_keys_max", "retention_days")
    threads = [threading.Thread(target=admin.set, kwargs={name: 5}) for name in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settings = admin("GET", WORKSPACE).json["settings"]
    assert [settings[name]["value"] for name in numbers] == [5, 5, 5, 5]


def test_acts_are_listed_newest_first_in_pages(admin: Admin) -> None:
    for days in (1, 2, 3):
        admin.set(retention_days=days)
    first = admin("GET", f"{AUDIT}?per_page=2").json
    assert (first["type"], first["pages"]["type"]) == ("list", "pages")
    assert [act["detail"]["settings"]["retention_days"] for act in first["data"]] == [3, 2]
    newest = first["data"][0]
    number = admin("GET", "/me").json["id"]
    assert (newest["type"], newest["actor"]) == ("pastense.audit_entry", f"token {number} (test)")
    assert (newest["act"], newest["created_at"]) == ("workspace changed", NOW)
    cursor = first["pages"]["next"]["starting_after"]
    assert cursor == first["data"][-1]["id"]
    admin.set(retention_days=4)
    rest = admin("GET", f"{AUDIT}?per_page=2&starting_after={cursor}").json
    assert rest["data"][0]["detail"] == {"settings": {"retention_days": 1}}
    last = admin("GET", f"{AUDIT}?per_page=150").json
    assert "next" not in last["pages"]
    assert [int(act["id"]) for act in last["data"]] == sorted(
        (int(act["id"]) for act in last["data"]), reverse=True
    )


BAD_PLACES = {
    "per_page=0": "per_page",
    "per_page=151": "per_page",
    "per_page=x": "per_page",
    "per_page=1&per_page=2": "per_page",
    "starting_after=x": "starting_after",
    "starting_after=-1": "starting_after",
    "starting_after=" + "9" * 19: "starting_after",
    "starting_after=%00": "starting_after",
}


@pytest.mark.parametrize("path", [AUDIT, TOKENS])
@pytest.mark.parametrize("query", BAD_PLACES)
def test_a_bad_place_in_a_list_is_refused(shared: InProcess, path: str, query: str) -> None:
    reply = Admin(shared)("GET", f"{path}?{query}")
    assert reply.error == (400, "parameter_invalid", BAD_PLACES[query])


def test_a_token_is_made_used_listed_and_revoked(server: InProcess) -> None:
    admin = Admin(server)
    body = {"name": "ci", "scopes": ["contacts:read", "events:read"], "expires_at": NOW + 60}
    made = admin("POST", TOKENS, body).json
    secret = made.pop("token")
    assert made == {
        "type": "pastense.token",
        "id": made["id"],
        "name": "ci",
        "scopes": ["events:read", "contacts:read"],
        "version": "2.14",
        "created_at": NOW,
        "expires_at": NOW + 60,
        "revoked_at": None,
    }
    assert server.call("GET", "/me", token=secret).json["id"] == made["id"]
    assert server.call("GET", WORKSPACE, token=secret).status == 403
    listed = admin("GET", TOKENS)
    assert listed.json["data"][0] == made
    assert secret.encode() not in listed.body
    revoked = admin("DELETE", f"{TOKENS}/{made['id']}")
    assert revoked.json == made | {"revoked_at": NOW}
    admin.wait_until(lambda: server.call("GET", "/me", token=secret).status == 401)
    server.clock.move(5)
    assert admin("DELETE", f"{TOKENS}/{made['id']}").json == made | {"revoked_at": NOW}
    acts = [(act["act"], act["detail"]["token"]) for act in admin.acts()[:2]]
    number = int(made["id"])
    assert acts == [("token revoked", number), ("token created", number)]
    assert secret.encode() not in admin("GET", AUDIT).body


def test_a_token_may_revoke_itself(server: InProcess) -> None:
    admin = Admin(server)
    number = admin("GET", "/me").json["id"]
    assert admin("DELETE", f"{TOKENS}/{number}").status == 200
    admin.wait_until(lambda: admin("GET", "/me").status == 401)


def test_tokens_are_listed_in_pages(server: InProcess) -> None:
    admin = Admin(server)
    for number in range(3):
        admin("POST", TOKENS, {"name": f"t{number}"})
    first = admin("GET", f"{TOKENS}?per_page=2").json
    assert [token["name"] for token in first["data"]] == ["t2", "t1"]
    after = first["pages"]["next"]["starting_after"]
    rest = admin("GET", f"{TOKENS}?starting_after={after}").json
    assert [token["name"] for token in rest["data"]] == ["t0", "test", "test"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 5}, "name"),
        ({"scopes": ["all"]}, "scopes"),
        ({"version": "3"}, "version"),
        ({"expires_at": NOW}, "expires_at"),
        ([1], "body"),
    ],
)
def test_a_bad_token_is_not_made(shared: InProcess, body: object, field: str) -> None:
    admin = Admin(shared)
    before = admin("GET", TOKENS).json
    assert admin("POST", TOKENS, body).error == (400, "parameter_invalid", field)
    assert admin("GET", TOKENS).json == before


@pytest.mark.parametrize("token_id", ["99", "x", "0", "-1", "1%2F2", "9" * 60])
def test_a_token_that_is_not_there_is_404(shared: InProcess, token_id: str) -> None:
    reply = Admin(shared)("DELETE", f"{TOKENS}/{token_id}")
    assert reply.error == (404, "not_found", None)
    assert reply.json["errors"][0]["message"] == "There is no such token"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", WORKSPACE),
        ("PUT", WORKSPACE),
        ("GET", AUDIT),
        ("GET", TOKENS),
        ("POST", TOKENS),
        ("DELETE", f"{TOKENS}/1"),
    ],
)
def test_all_of_it_needs_the_scope_admin(shared: InProcess, method: str, path: str) -> None:
    reply = shared.call(method, path, {} if method != "GET" else None)
    assert reply.error == (403, "forbidden", None)
    assert "(admin)" in reply.json["errors"][0]["message"]
