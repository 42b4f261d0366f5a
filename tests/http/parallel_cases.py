"""What is sent twenty times at once, and what must then hold: an entry per operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.http.parallel_world import EVENT, HOOK, World, bulk, declared
from tests.support.inprocess import NOW

TIMES = 20
OLDER = {"Intercom-Version": "1.4"}
READING = {"POST /contacts/search", "POST /pastense/v1/explain", "POST /events/summaries"}
"""Calls that change nothing, or replace what is there by the same."""


@dataclass
class Case:
    """One call, how many of the twenty may be answered how, and what must hold after them."""

    call: str
    body: object
    statuses: Counter[int] | set[int]
    after: Callable[[World], object]
    expected: object
    headers: dict[str, str] = field(default_factory=dict)
    before: tuple[str, object] | None = None
    """A call that is made first: its path, with the method before it, and its body."""
    acts: dict[str, int] = field(default_factory=dict)
    """How many acts of a kind the twenty calls add to the audit log."""
    path: str = ""


ALL = {200}
ONCE = Counter({200: 1, 404: TIMES - 1})
NEW = Counter({200: 1, 409: TIMES - 1})


def names(items: Any, key: str = "name") -> list[str]:
    return sorted(item[key] for item in items)


def seen(world: World, path: str, *keys: str) -> Any:
    """One value of an object."""
    found = world.get(path)
    for key in keys:
        found = found[key] if isinstance(found, dict) else found
    return found


NAME = "/pastense/v1/event_names/did"
CASES = [
    Case(
        "POST /events",
        EVENT | {"user_id": "u1", "created_at": NOW - 9},
        {202},
        lambda w: len(w.get("/events?type=user&user_id=u1")["events"]),
        2,
    ),
    Case(
        "POST /contacts",
        {"external_id": "new"},
        NEW,
        lambda w: w.get("/counts")["user"],
        {"count": 2},
    ),
    Case(
        "POST /contacts/merge",
        {"from": "{lead}", "into": "{user}"},
        ALL,
        lambda w: (seen(w, f"/contacts/{w.user}", "id") == w.user, w.get(f"/contacts/{w.lead}")),
        (True, 404),
    ),
    Case(
        "PUT /contacts/{contact_id}",
        {"custom_attributes": {"a": 1}, "email": "a@example.org"},
        ALL,
        lambda w: seen(w, f"/contacts/{w.user}", "custom_attributes"),
        {"a": 1},
        path="/contacts/{user}",
    ),
    Case(
        "DELETE /contacts/{contact_id}",
        None,
        ONCE,
        lambda w: w.get(f"/contacts/{w.user}"),
        404,
        path="/contacts/{user}",
        acts={"contact deleted": 1},
    ),
    *(
        Case(
            f"POST /contacts/{{contact_id}}/{word}",
            None,
            ALL,
            lambda w, key=key: seen(w, f"/contacts/{w.user}", key),
            expected,
            path=f"/contacts/{{user}}/{word}",
            before=before,
        )
        for word, key, expected, before in (
            ("archive", "external_id", "u1", None),
            ("unarchive", "external_id", "u1", ("POST /contacts/{user}/archive", None)),
            ("block", "external_id", "u1", None),
        )
    ),
    Case(
        "POST /data_attributes",
        declared("new"),
        Counter({200: 1, 400: TIMES - 1}),
        lambda w: names(a for a in w.get("/data_attributes")["data"] if a["custom"]),
        ["new", "there"],
        acts={"data attribute declared": 1},
    ),
    Case(
        "PUT /data_attributes/{data_attribute_id}",
        {"archived": True},
        ALL,
        lambda w: [a["archived"] for a in w.get("/data_attributes?include_archived=true")["data"]][
            -1
        ],
        True,
        path="/data_attributes/{attribute}",
        acts={"data attribute archived": 1},
    ),
    Case(
        "POST /tags",
        {"name": "New", "users": [{"user_id": "u1"}]},
        ALL,
        lambda w: (names(w.get("/tags")["data"]), names(w.get(f"/contacts/{w.user}/tags")["data"])),
        (["New", "there"], ["New"]),
        acts={"tag made": 1},
    ),
    Case(
        "DELETE /tags/{tag_id}",
        None,
        ONCE,
        lambda w: w.get("/tags")["data"],
        [],
        path="/tags/{tag}",
        acts={"tag deleted": 1},
    ),
    Case(
        "POST /contacts/{contact_id}/tags",
        {"id": "{tag}"},
        ALL,
        lambda w: names(w.get(f"/contacts/{w.user}/tags")["data"]),
        ["there"],
        path="/contacts/{user}/tags",
    ),
    Case(
        "DELETE /contacts/{contact_id}/tags/{tag_id}",
        None,
        ONCE,
        lambda w: w.get(f"/contacts/{w.user}/tags")["data"],
        [],
        path="/contacts/{user}/tags/{tag}",
        before=("POST /contacts/{user}/tags", {"id": "{tag}"}),
    ),
    Case(
        "DELETE /contacts",
        None,
        ALL,
        lambda w: w.get(f"/contacts/{w.lead}", "1.4"),
        404,
        headers=OLDER,
        path="/contacts?id={lead}",
    ),
    Case(
        "POST /contacts/convert",
        {"contact": {"id": "{lead}"}, "user": {"user_id": "converted"}},
        ALL,
        lambda w: (seen(w, f"/contacts/{w.lead}", "role"), w.get("/counts")["user"]["count"]),
        ("user", 2),
        headers=OLDER,
    ),
    Case(
        "POST /users",
        {"user_id": "new", "email": "new@example.org", "new_session": True},
        ALL,
        lambda w: seen(w, "/users?user_id=new", "session_count"),
        TIMES,
    ),
    Case(
        "PUT /users/{user_id}",
        {"user_id": "other", "name": "Ann"},
        ALL,
        lambda w: seen(w, "/users?user_id=other", "name"),
        "Ann",
        path="/users/{user}",
    ),
    Case(
        "DELETE /users", None, ALL, lambda w: w.get("/users")["users"], [], path="/users?user_id=u1"
    ),
    Case(
        "DELETE /users/{user_id}",
        None,
        ALL,
        lambda w: w.get("/users")["users"],
        [],
        path="/users/{user}",
    ),
    Case(
        "POST /user_delete_requests",
        {"intercom_user_id": "{user}"},
        ONCE,
        lambda w: w.get("/users")["users"],
        [],
        acts={"contact deleted": 1},
    ),
    *(
        Case(
            call,
            {"id": "{visitor}", "name": "Eve", "custom_attributes": {"a": 1}},
            ALL,
            lambda w: seen(w, f"/visitors/{w.visitor}", "custom_attributes"),
            {"a": 1},
            path=path,
        )
        for call, path in (
            ("PUT /visitors", "/visitors"),
            ("POST /visitors", "/visitors"),
            ("PUT /visitors/{visitor_id}", "/visitors/{visitor}"),
        )
    ),
    Case(
        "POST /visitors/convert",
        {"visitor": {"id": "{visitor}"}, "user": {"user_id": "u1"}, "type": "user"},
        ALL,
        lambda w: (w.get("/counts")["user"]["count"], w.get(f"/visitors/{w.visitor}")),
        (1, 404),
    ),
    Case(
        "DELETE /visitors/{visitor_id}",
        None,
        ONCE,
        lambda w: w.get(f"/visitors/{w.visitor}"),
        404,
        path="/visitors/{visitor}",
        acts={"visitor deleted": 1},
    ),
    Case(
        "POST /pastense/v1/visitors",
        {"user_id": "passer-by"},
        NEW,
        lambda w: seen(w, "/visitors?user_id=passer-by", "user_id"),
        "passer-by",
    ),
    Case(
        "PUT /pastense/v1/event_names/{event_name}",
        {"description": "Words"},
        ALL,
        lambda w: seen(w, NAME, "description"),
        "Words",
        path=NAME,
        acts={"event name described": 1},
    ),
    Case(
        "POST /pastense/v1/event_names/{event_name}/archive",
        None,
        ALL,
        lambda w: seen(w, NAME, "archived"),
        True,
        path=f"{NAME}/archive",
        acts={"event name archived": 1},
    ),
    Case(
        "POST /pastense/v1/event_names/{event_name}/unarchive",
        None,
        ALL,
        lambda w: seen(w, NAME, "archived"),
        False,
        path=f"{NAME}/unarchive",
        before=(f"POST {NAME}/archive", None),
        acts={"event name unarchived": 1},
    ),
    Case(
        "PUT /pastense/v1/workspace",
        {"name": "Named", "settings": {"retention_days": 7}},
        ALL,
        lambda w: seen(w, "/pastense/v1/workspace", "settings", "retention_days", "value"),
        7,
        acts={"workspace changed": 1},
    ),
    Case(
        "POST /pastense/v1/tokens",
        {"name": "same"},
        ALL,
        lambda w: len(
            {t["id"] for t in w.get("/pastense/v1/tokens")["data"] if t["name"] == "same"}
        ),
        TIMES,
        acts={"token created": TIMES},
    ),
    Case(
        "DELETE /pastense/v1/tokens/{token_id}",
        None,
        ALL,
        lambda w: [
            t["revoked_at"] for t in w.get("/pastense/v1/tokens")["data"] if t["id"] == w.revocable
        ],
        [NOW],
        path="/pastense/v1/tokens/{revocable}",
        acts={"token revoked": 1},
    ),
    Case(
        "POST /bulk/events",
        {**bulk("event", EVENT | {"user_id": "u1", "created_at": NOW - 5}), "job": {"id": "{job}"}},
        {202},
        lambda w: (len(w.get(f"/jobs/{w.job}")["tasks"]), w.get("/users?user_id=u1")["user_id"]),
        (TIMES + 1, "u1"),
    ),
    Case(
        "POST /bulk/users",
        {**bulk("user", {"user_id": "bulky"}), "job": {"id": "{job}"}},
        {202},
        lambda w: (len(w.get(f"/jobs/{w.job}")["tasks"]), w.get("/counts")["user"]["count"]),
        (TIMES + 1, 2),
    ),
    Case(
        "POST /bulk/contacts",
        {**bulk("contact", {"id": "{lead}", "name": "x"}), "job": {"id": "{job}"}},
        {202},
        lambda w: (len(w.get(f"/jobs/{w.job}")["tasks"]), w.get("/counts")["lead"]["count"]),
        (TIMES + 1, 1),
    ),
    Case(
        "POST /jobs/{job_id}",
        {"name": "named"},
        ALL,
        lambda w: seen(w, f"/jobs/{w.job}", "name"),
        "named",
        path="/jobs/{job}",
    ),
    Case(
        "POST /subscriptions",
        HOOK,
        ALL,
        lambda w: len({item["id"] for item in w.get("/subscriptions")["items"]}),
        TIMES + 1,
    ),
    *(
        Case(
            f"{method} /subscriptions/{{subscription_id}}",
            {"active": False, "metadata": {"event_names": ["b", "a"]}},
            ALL,
            lambda w: seen(w, f"/subscriptions/{w.subscription}", "metadata", "event_names"),
            ["b", "a"],
            path="/subscriptions/{subscription}",
            acts={"subscription changed": 1},
        )
        for method in ("PUT", "POST")
    ),
    Case(
        "DELETE /subscriptions/{subscription_id}",
        None,
        ONCE,
        lambda w: w.get("/subscriptions")["items"],
        [],
        path="/subscriptions/{subscription}",
    ),
    Case(
        "POST /subscriptions/{subscription_id}/ping",
        None,
        ALL,
        lambda w: len(w.get("/subscriptions")["items"]),
        1,
        path="/subscriptions/{subscription}/ping",
    ),
    Case(
        "POST /subscriptions/{subscription_id}/error/retry",
        None,
        ALL,
        lambda w: w.get(f"/subscriptions/{w.subscription}/error")["total_count"],
        0,
        path="/subscriptions/{subscription}/error/retry",
    ),
]
