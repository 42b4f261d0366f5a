"""The catalogue of event names over HTTP: read, described, archived, and what may not be sent."""

from __future__ import annotations

import threading
from dataclasses import replace
from urllib.parse import quote

import pytest

from pastense.model import AuditEntry
from pastense.service.administration.access import SCOPES
from tests.support.inprocess import NOW, InProcess, Reply

PATH = "/pastense/v1/event_names"
STRANGE = ["a/b", "a b", "a:b", "100%", "é \U0001f600", "?x=1&y#z", "..", "a/archive", "+", '"']


def call(
    server: InProcess, method: str, name: str = "", body: object = None, end: str = ""
) -> Reply:
    """A call by a token that may do everything; the name goes into the path encoded."""
    path = PATH + (f"/{quote(name, safe='')}" if name else "") + end
    return server.call(method, path, body, token=admin(server))


def admin(server: InProcess) -> str:
    """A token of the server's workspace that may do everything, made once."""
    if server.secret not in ADMINS:
        ADMINS[server.secret] = server.make_token(*SCOPES)
    return ADMINS[server.secret]


ADMINS: dict[str, str] = {}
"""The tokens of `admin`, by the ordinary token of the same workspace."""


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """The module's server with a workspace of the test's own, in which there is a user."""
    assert apart.call("POST", "/contacts", {"role": "user", "external_id": "u1"}).status == 200
    return apart


def settle(server: InProcess, **settings: object) -> InProcess:
    """The same workspace with settings of its own, and a token that has not been seen before."""
    assert server.workspace is not None
    number = server.workspace.number
    server.store.workspaces.change(number, None, settings, AuditEntry(None, NOW, "test", "set"))
    return replace(server, secret=server.make_token())


def post(server: InProcess, name: str, **fields: object) -> Reply:
    reply = server.post_event(event_name=name, **fields)
    assert reply.status == 202, reply
    return reply


def counted(server: InProcess, counter: str) -> int:
    reply = server.call("GET", "/pastense/v1/counters", token=admin(server))
    return reply.json["counters"][counter]


def names(server: InProcess, query: str = "") -> list[str]:
    reply = call(server, "GET", end=f"?{query}")
    assert reply.status == 200, reply
    return [one["name"] for one in reply.json["data"]]


def test_a_name_with_all_that_is_known_of_it(server: InProcess) -> None:
    now = server.clock.now()
    metadata = {f"k{i:02}": i for i in range(10)} | {"one": 1, "too many": 2}
    assert post(server, "did", metadata=metadata).headers["pastense-ignored-keys"] == "2"
    post(server, "did", created_at=now - 50, metadata={"k00": 1, "link": "https://example.org"})
    server.clock.move(5)
    found = call(server, "GET", "did")
    assert found.status == 200
    assert found.json == {
        "type": "pastense.event_name",
        "name": "did",
        "description": None,
        "archived": False,
        "archived_at": None,
        "created_at": now,
        "first_seen_at": now - 50,
        "last_seen_at": now,
        "count": 2,
        "tracked_keys": [{"key": f"k{i:02}", "type": "number"} for i in range(10)],
        "ignored_keys": [{"key": "one", "count": 1}, {"key": "too many", "count": 1}],
        "ignored_keys_other": 0,
    }
    listed = call(server, "GET")
    assert listed.json == {
        "type": "list",
        "data": [found.json],
        "pages": {"type": "pages", "per_page": 50},
    }


def test_names_of_any_text_are_reached(server: InProcess) -> None:
    for name in STRANGE:
        post(server, name)
    for name in STRANGE:
        assert call(server, "GET", name).json["name"] == name
        described = call(server, "PUT", name, {"description": f"about {name}"})
        assert described.json["description"] == f"about {name}"
        assert call(server, "POST", name, end="/archive").json["archived"] is True
        assert call(server, "POST", name, end="/unarchive").json["archived"] is False
    assert names(server) == sorted(STRANGE)
    assert names(server, f"q={quote('a/')}") == ["a/archive", "a/b"]


def test_pages_go_by_name(server: InProcess) -> None:
    for name in ("b", "c", "a", "d/e f"):
        post(server, name)
    page = call(server, "GET", end="?per_page=3").json
    assert [one["name"] for one in page["data"]] == ["a", "b", "c"]
    assert page["pages"]["next"] == {"per_page": 3, "starting_after": "c"}
    rest = call(server, "GET", end="?per_page=3&starting_after=c").json
    assert [one["name"] for one in rest["data"]] == ["d/e f"]
    assert "next" not in rest["pages"]
    assert names(server, "per_page=1&starting_after=d%2Fe%20f") == []
    assert names(server, "starting_after=") == ["a", "b", "c", "d/e f"]


def test_archiving_hides_and_unarchiving_brings_back(server: InProcess) -> None:
    now = server.clock.now()
    post(server, "hidden", metadata={"k": 1})
    post(server, "shown")
    server.clock.move(7)
    archived = call(server, "POST", "hidden", end="/archive").json
    assert (archived["archived"], archived["archived_at"]) == (True, now + 7)
    server.clock.move(7)
    assert call(server, "POST", "hidden", end="/archive").json == archived, "twice is once"
    post(server, "hidden", created_at=now - 1)
    assert call(server, "GET", "hidden").json["count"] == 2, "202, stored, hidden"
    assert [event["event_name"] for event in server.listed()] == ["shown"]
    assert [event["name"] for event in server.listed("user_id=u1&summary=true")] == ["shown"]
    assert names(server) == ["shown"]
    assert names(server, "include_archived=true") == ["hidden", "shown"]
    assert call(server, "POST", "hidden", end="/unarchive").json["archived_at"] is None
    assert len(server.listed()) == 3
    assert server.listed()[1]["metadata"] == {"k": 1}


def test_a_description_is_shown_with_summaries_until_it_is_cleared(server: InProcess) -> None:
    post(server, "did")
    for text in ("A user did it", None):
        assert call(server, "PUT", "did", {"description": text}).json["description"] == text
        assert server.listed("user_id=u1&summary=true")[0]["description"] == text


def test_what_was_changed_is_in_the_audit_log(server: InProcess) -> None:
    post(server, "did")
    for _ in range(2):
        call(server, "PUT", "did", {"description": "Of Ada"})
        call(server, "POST", "did", end="/archive")
    call(server, "POST", "did", end="/unarchive")
    call(server, "POST", "nothing", end="/archive")
    entries = reversed(server.store.audit.page(server.workspace.number, None, 100))
    done = [(one.act, one.detail) for one in entries if one.act.startswith("event name")]
    assert done == [
        (f"event name {act}", {"name": "did"}) for act in ("described", "archived", "unarchived")
    ]


def test_the_limit_of_active_names(server: InProcess) -> None:
    now = server.clock.now()
    server = settle(server, event_names_max=2)
    post(server, "a")
    post(server, "b")
    words = "Cannot have more than 2 active event names"
    refused = server.post_event(event_name="c")
    assert refused.error == (422, "422", "event_name")
    call(server, "POST", "a", end="/archive")
    post(server, "c")
    post(server, "a", created_at=now - 1)
    full = call(server, "POST", "a", end="/unarchive")
    assert full.error == (422, "422", "event_name")
    assert full.json["errors"][0]["message"] == words
    assert call(server, "GET", "a").json["archived"] is True
    call(server, "POST", "b", end="/archive")
    assert call(server, "POST", "a", end="/unarchive").status == 200


def test_enforced_tracked_keys_are_told_of(server: InProcess) -> None:
    now = server.clock.now()
    server = settle(server, tracked_keys_enforced=True, tracked_keys_max=2)
    before = counted(server, "metadata_keys_ignored")
    first = post(server, "did", metadata={"a": 1, "b": 2, "c": 3})
    assert first.headers["pastense-ignored-keys"] == "1"
    event = {"event_name": "did", "user_id": "u1", "metadata": {"x": 1, "a": 5, "y": 2}}
    items = [event | {"created_at": now - second} for second in (1, 2, 2)]
    listed = server.call("POST", "/events", {"data": items})
    assert (listed.status, listed.headers["pastense-ignored-keys"]) == (202, "4")
    assert "pastense-ignored-keys" not in post(server, "did", metadata={"q": 1}).headers
    assert [e["metadata"] for e in server.listed()] == [{"a": 1, "b": 2}, {"a": 5}, {"a": 5}]
    assert counted(server, "metadata_keys_ignored") == before + 5
    ignored = call(server, "GET", "did").json["ignored_keys"]
    assert ignored == [{"key": k, "count": c} for k, c in (("x", 2), ("y", 2), ("c", 1))]


def test_another_workspace_has_its_own_names(server: InProcess) -> None:
    post(server, "mine")
    first = server.store.admin.workspaces()[0]
    token = server.make_token(*SCOPES, workspace=first)
    for method, end, body in (
        ("GET", "", None),
        ("PUT", "", {"description": "x"}),
        ("POST", "/archive", None),
        ("POST", "/unarchive", None),
    ):
        reply = server.call(method, f"{PATH}/mine{end}", body, token=token)
        assert reply.error == (404, "not_found", "event_name")
    assert server.call("GET", PATH + "?q=mine", token=token).json["data"] == []
    assert call(server, "GET", "mine").json["archived"] is False


def test_calls_at_once_leave_one_result(server: InProcess) -> None:
    now = server.clock.now()
    post(server, "did")
    statuses: list[int] = []

    def work(index: int) -> None:
        ends = ("/archive", "/unarchive")
        statuses.extend(call(server, "POST", "did", end=end).status for end in ends)
        statuses.append(server.post_event(created_at=now - 1 - index).status)

    admin(server)
    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 16 + [202] * 8
    call(server, "POST", "did", end="/unarchive")
    assert call(server, "GET", "did").json["count"] == 9 == len(server.listed())


REFUSED = {
    "per page of 0": ("GET", "?per_page=0", None, (400, "parameter_invalid", "per_page")),
    "per page in words": ("GET", "?per_page=ten", None, (400, "parameter_invalid", "per_page")),
    "a long page": ("GET", "?per_page=151", None, (400, "parameter_invalid", "per_page")),
    "no flag": (
        "GET",
        "?include_archived=perhaps",
        None,
        (400, "parameter_invalid", "include_archived"),
    ),
    "two values": ("GET", "?q=a&q=b", None, (400, "parameter_invalid", "q")),
    "a long beginning": ("GET", f"?q={'a' * 256}", None, (400, "parameter_invalid", "q")),
    "a long cursor": (
        "GET",
        f"?starting_after={'a' * 256}",
        None,
        (400, "parameter_invalid", "starting_after"),
    ),
    "NUL in a query": ("GET", "?q=%00", None, (400, "parameter_invalid", "q")),
    "no UTF-8 in a query": ("GET", "?q=%ff", None, (400, "bad_request", "query")),
    "NUL in the path": ("GET", "/a%00", None, (400, "bad_request", "path")),
    "no UTF-8 in the path": ("GET", "/%ff", None, (400, "bad_request", "path")),
    "an unknown name": ("GET", "/nobody-did", None, (404, "not_found", "event_name")),
    "white space counts": ("GET", "/%20did", None, (404, "not_found", "event_name")),
    "a name beyond all names": ("GET", f"/{'a' * 300}", None, (404, "not_found", "event_name")),
    "a slash that parts": ("GET", "/a/b", None, (404, "not_found", None)),
    "archive the unknown": ("POST", "/none/archive", None, (404, "not_found", "event_name")),
    "unarchive the unknown": ("POST", "/none/unarchive", None, (404, "not_found", "event_name")),
    "describe the unknown": (
        "PUT",
        "/none",
        {"description": "x"},
        (404, "not_found", "event_name"),
    ),
    "no description": ("PUT", "/did", {}, (400, "parameter_not_found", "description")),
    "no body": ("PUT", "/did", None, (400, "parameter_not_found", "description")),
    "a list": ("PUT", "/did", [], (400, "parameter_invalid", "body")),
    "no JSON": ("PUT", "/did", b"{", (400, "bad_request", "body")),
    "a number": ("PUT", "/did", {"description": 5}, (400, "parameter_invalid", "description")),
    "too long": (
        "PUT",
        "/did",
        {"description": "x" * 2_001},
        (400, "parameter_invalid", "description"),
    ),
    "NUL": ("PUT", "/did", {"description": "\x00"}, (400, "parameter_invalid", "description")),
    "a method that is none": ("DELETE", "/did", None, (405, "method_not_allowed", None)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shared: InProcess, name: str) -> None:
    method, end, body, expected = REFUSED[name]
    post(shared, "did")
    reply = shared.call(method, PATH + end, body, token=admin(shared))
    assert reply.error == expected


@pytest.mark.parametrize(
    ("method", "end"),
    [("GET", ""), ("GET", "/did"), ("PUT", "/did"), ("POST", "/did/archive")],
)
def test_only_admins_may(shared: InProcess, method: str, end: str) -> None:
    assert shared.call(method, PATH + end).error == (403, "forbidden", None)
    assert shared.call(method, PATH + end, token="pst_x").error == (401, "unauthorized", None)


def test_the_longest_description_is_kept(shared: InProcess) -> None:
    post(shared, "did")
    text = "é" * 2_000
    assert call(shared, "PUT", "did", {"description": text}).json["description"] == text
