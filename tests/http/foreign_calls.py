"""How every operation is called with the ids of another workspace; see test_workspaces.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.inprocess import NOW

MARK = "zebra"
"""A word that stands in every text of the full workspace and in no other."""
EMAIL = f"{MARK}@example.org"
OLDER = {"Intercom-Version": "1.4"}


@dataclass
class Call:
    """How an operation is called from outside, and how it may be answered.

    Words in braces are ids of the full workspace, those with `own` of the caller's. `by` says
    who calls: "other" has a few things of its own; "maker" may use the same names as the full
    workspace, so that its answers say them too; "fresh" has nothing at all.
    """

    path: str
    body: object = None
    status: int = 404
    by: str = "other"
    headers: dict[str, str] | None = None
    check: Callable[[Any], bool] | None = None


def empty(key: str) -> Callable[[Any], bool]:
    """A list without anything in it."""
    return lambda body: body[key] == []


def nobody(body: Any) -> bool:
    """A page of contacts that counts nobody."""
    return body["total_count"] == 0


def all_zero(body: Any) -> bool:
    """Counts of which none counts anything."""
    return {body[kind]["count"] for kind in ("user", "lead", "tag")} == {0}


def nothing_counted(body: Any) -> bool:
    """Counters that are there and say that nothing happened."""
    return set(body["counters"].values()) == {0}


def bulk(kind: str, data: dict[str, Any], method: str = "post") -> dict[str, Any]:
    """A bulk call with one item."""
    return {"items": [{"method": method, "data_type": kind, "data": data}]}


EVENT = {"event_name": f"{MARK}-event", "created_at": NOW}
SAME = {"external_id": f"{MARK}-1", "email": EMAIL}
OWN = {"user_id": "own"}
RECEIVER = {
    "url": f"http://127.0.0.1:9/{MARK}",
    "topics": ["event.created"],
    "metadata": {"event_names": [f"{MARK}-never"]},
}
"""A webhook for events that nobody sends, so that nothing is ever delivered."""
AFTER = {"per_page": 5, "starting_after": "{search_after}"}
REFUSED_EVENT = {"data": [EVENT | {"id": "{user}"}, EVENT | {"email": EMAIL}]}
CALLS: dict[str, list[Call]] = {
    "POST /events": [
        *(Call("/events", EVENT | {"id": name}) for name in ("{user}", "{lead}", "{visitor}")),
        Call("/events", EVENT | {"user_id": f"{MARK}-1"}),
        Call("/events", EVENT | {"email": EMAIL}),
        Call("/events", REFUSED_EVENT, 422),
    ],
    "GET /events": [
        Call("/events?type=user&intercom_user_id={user}"),
        Call(f"/events?type=user&user_id={MARK}-1&summary=true"),
        Call(f"/events?type=user&email={EMAIL}"),
        Call("/events?type=user&user_id=own", status=200, check=empty("events")),
        Call(
            f"/events?type=user&user_id=own&before={NOW + 9}000", status=200, check=empty("events")
        ),
        Call("/events?type=user&user_id=own&since=0", status=200, check=empty("events")),
    ],
    "POST /events/summaries": [
        Call(
            "/events/summaries",
            {
                "id": "{user}",
                "event_summaries": {"event_name": "x", "count": 1, "first": 1, "last": 1},
            },
        ),
    ],
    "GET /contacts": [
        Call("/contacts", status=200, by="fresh", check=nobody),
        Call("/contacts", status=200, by="fresh", headers=OLDER),
        Call("/contacts?starting_after={contacts_after}", status=200, by="fresh", check=nobody),
        Call("/contacts?starting_after={contacts_after}", status=200),
        Call(f"/contacts?email={EMAIL}", status=200, headers=OLDER, check=empty("contacts")),
        Call("/contacts?tag_id={tag}", headers=OLDER),
    ],
    "POST /contacts": [
        Call("/contacts", {"role": "user", **SAME}, 200, by="maker"),
        Call("/contacts", {"id": "{lead}", "name": "x"}, headers=OLDER),
    ],
    "POST /contacts/merge": [
        Call("/contacts/merge", {"from": "{lead}", "into": "{own}"}),
        Call("/contacts/merge", {"from": "{own_lead}", "into": "{user}"}),
        Call("/contacts/merge", {"from": "{lead}", "into": "{user}"}),
    ],
    "POST /contacts/search": [
        Call(
            "/contacts/search",
            {"query": {"field": name, "operator": "~", "value": MARK}},
            200,
            check=empty("data"),
        )
        for name in ("name", "external_id", "email")
    ]
    + [
        Call(
            "/contacts/search",
            {"query": {"field": field, "operator": "=", "value": value}, **paged},
            200,
            check=empty("data"),
        )
        for field, value in (("id", "{user}"), ("tag_id", "{tag}"), ("custom_attributes.a", MARK))
        for paged in ({}, {"sort": {"field": "name"}, "pagination": AFTER})
    ],
    "GET /contacts/find_by_external_id/{external_id:path}": [
        Call(f"/contacts/find_by_external_id/{MARK}-1"),
    ],
    "GET /contacts/{contact_id}": [
        Call("/contacts/{user}"),
        Call("/contacts/{visitor}"),
        Call("/contacts/{lead}", headers=OLDER),
    ],
    "PUT /contacts/{contact_id}": [
        Call("/contacts/{user}", {"name": "x"}),
        Call("/contacts/{lead}", {"name": "x"}, headers=OLDER),
    ],
    "DELETE /contacts/{contact_id}": [
        Call("/contacts/{user}"),
        Call("/contacts/{lead}", headers=OLDER),
    ],
    "POST /contacts/{contact_id}/archive": [Call("/contacts/{user}/archive")],
    "POST /contacts/{contact_id}/unarchive": [Call("/contacts/{user}/unarchive")],
    "POST /contacts/{contact_id}/block": [Call("/contacts/{user}/block", status=404)],
    "DELETE /contacts": [Call("/contacts?id={lead}", headers=OLDER)],
    "GET /contacts/scroll": [
        Call("/contacts/scroll", status=200, by="fresh", headers=OLDER),
        Call("/contacts/scroll?scroll_param={leads_scroll}", status=200, by="fresh", headers=OLDER),
        Call("/contacts/scroll?scroll_param={users_scroll}", status=200, headers=OLDER),
    ],
    "POST /contacts/convert": [
        Call("/contacts/convert", {"contact": {"id": "{lead}"}, "user": OWN}, headers=OLDER),
    ],
    "GET /users": [
        Call("/users", status=200, by="fresh", check=nobody),
        Call(f"/users?user_id={MARK}-1"),
        Call(f"/users?email={EMAIL}"),
        Call("/users?tag_id={tag}"),
    ],
    "POST /users": [
        Call("/users", {"user_id": f"{MARK}-2", "email": f"{MARK}-2@example.org"}, 200, by="maker"),
        Call("/users", {"id": "{user}", "name": "x"}),
    ],
    "DELETE /users": [Call("/users?id={user}"), Call(f"/users?user_id={MARK}-1")],
    "GET /users/scroll": [
        Call("/users/scroll", status=200, by="fresh"),
        Call(
            "/users/scroll?scroll_param={users_scroll}",
            status=200,
            by="fresh",
            check=empty("users"),
        ),
        Call("/users/scroll?scroll_param={leads_scroll}", status=200),
    ],
    "GET /users/{user_id}": [Call("/users/{user}")],
    "PUT /users/{user_id}": [Call("/users/{user}", {"name": "x"})],
    "DELETE /users/{user_id}": [Call("/users/{user}")],
    "POST /user_delete_requests": [
        Call("/user_delete_requests", {"intercom_user_id": "{user}"}),
    ],
    "GET /visitors": [Call("/visitors?id={visitor}"), Call(f"/visitors?user_id={MARK}-visitor")],
    "PUT /visitors": [Call("/visitors", {"id": "{visitor}", "name": "x"})],
    "POST /visitors": [Call("/visitors", {"id": "{visitor}", "name": "x"})],
    "POST /visitors/convert": [
        Call(
            "/visitors/convert",
            {"visitor": {"id": "{visitor}"}, "user": {"id": "{own}"}, "type": "user"},
        ),
    ],
    "GET /visitors/{visitor_id}": [Call("/visitors/{visitor}")],
    "PUT /visitors/{visitor_id}": [Call("/visitors/{visitor}", {"name": "x"})],
    "DELETE /visitors/{visitor_id}": [Call("/visitors/{visitor}")],
    "POST /pastense/v1/visitors": [
        Call("/pastense/v1/visitors", {"user_id": f"{MARK}-visitor"}, 200, by="maker"),
    ],
    "GET /counts": [Call("/counts", status=200, by="fresh", check=all_zero)],
    "GET /tags": [
        Call("/tags", status=200, by="fresh"),
        Call("/tags", status=200, by="fresh", headers=OLDER, check=empty("tags")),
    ],
    "POST /tags": [
        Call("/tags", {"name": f"{MARK}-tag"}, 200, by="maker"),
        Call("/tags", {"id": "{tag}", "name": "x"}),
        Call("/tags", {"name": "own", "users": [{"id": "{user}"}]}),
    ],
    "GET /tags/{tag_id}": [Call("/tags/{tag}")],
    "DELETE /tags/{tag_id}": [Call("/tags/{tag}")],
    "GET /contacts/{contact_id}/tags": [Call("/contacts/{user}/tags")],
    "POST /contacts/{contact_id}/tags": [
        Call("/contacts/{user}/tags", {"id": "{own_tag}"}),
        Call("/contacts/{own}/tags", {"id": "{tag}"}),
    ],
    "DELETE /contacts/{contact_id}/tags/{tag_id}": [
        Call("/contacts/{user}/tags/{tag}"),
        Call("/contacts/{own}/tags/{tag}"),
    ],
    "GET /data_attributes": [
        Call("/data_attributes", status=200, by="fresh"),
        Call("/data_attributes", status=200, by="fresh", headers=OLDER),
    ],
    "POST /data_attributes": [
        Call(
            "/data_attributes",
            {"name": f"{MARK}_attribute", "model": "contact", "data_type": "integer"},
            200,
            by="maker",
        ),
    ],
    "PUT /data_attributes/{data_attribute_id}": [
        Call("/data_attributes/{attribute}", {"description": "x"}),
    ],
    "GET /segments": [
        Call("/segments", status=200, check=empty("segments")),
        Call("/segments?include_count=true", status=200, check=empty("segments")),
    ],
    "GET /segments/{segment_id}": [Call("/segments/5ba682d23d7cf92bef87bfd4")],
    "GET /contacts/{contact_id}/segments": [Call("/contacts/{user}/segments")],
    "POST /bulk/events": [
        Call("/bulk/events", {**bulk("event", {**EVENT, **OWN}), "job": {"id": "{job}"}}),
        Call("/bulk/events", bulk("event", EVENT | {"id": "{user}"}), 202, by="maker"),
    ],
    "POST /bulk/users": [
        Call("/bulk/users", {**bulk("user", OWN), "job": {"id": "{job}"}}),
        Call("/bulk/users", bulk("user", {"id": "{user}", "name": "x"}), 202, by="maker"),
        Call("/bulk/users", bulk("user", {"id": "{user}"}, "delete"), 202, by="maker"),
    ],
    "POST /bulk/contacts": [
        Call("/bulk/contacts", {**bulk("contact", {"name": "x"}), "job": {"id": "{job}"}}),
        Call("/bulk/contacts", bulk("contact", {"id": "{lead}", "name": "x"}), 202, by="maker"),
    ],
    "GET /jobs/{job_id}": [Call("/jobs/{job}")],
    "GET /jobs/status/{job_id}": [Call("/jobs/status/{job}")],
    "POST /jobs/{job_id}": [Call("/jobs/{job}", {"name": "x"})],
    "GET /jobs/{job_id}/error": [
        Call("/jobs/{job}/error"),
        Call("/jobs/{job}/error?starting_after={job}-0&per_page=5"),
    ],
    "GET /pastense/v1/event_names": [
        Call("/pastense/v1/event_names?include_archived=true", status=200, by="fresh"),
        Call(
            f"/pastense/v1/event_names?q={MARK}&starting_after={{names_after}}",
            status=200,
            by="fresh",
            check=empty("data"),
        ),
    ],
    "GET /pastense/v1/event_names/{event_name}": [Call(f"/pastense/v1/event_names/{MARK}-event")],
    "PUT /pastense/v1/event_names/{event_name}": [
        Call(f"/pastense/v1/event_names/{MARK}-event", {"description": "x"}),
    ],
    "POST /pastense/v1/event_names/{event_name}/archive": [
        Call(f"/pastense/v1/event_names/{MARK}-event/archive"),
    ],
    "POST /pastense/v1/event_names/{event_name}/unarchive": [
        Call(f"/pastense/v1/event_names/{MARK}-event/unarchive"),
    ],
    "GET /subscriptions": [Call("/subscriptions", status=200, by="fresh", check=empty("items"))],
    "POST /subscriptions": [Call("/subscriptions", RECEIVER, 200, by="maker")],
    "GET /subscriptions/{subscription_id}": [Call("/subscriptions/{subscription}")],
    "PUT /subscriptions/{subscription_id}": [
        Call("/subscriptions/{subscription}", {"active": False}),
    ],
    "POST /subscriptions/{subscription_id}": [
        Call("/subscriptions/{subscription}", {"active": False}),
    ],
    "DELETE /subscriptions/{subscription_id}": [Call("/subscriptions/{subscription}")],
    "POST /subscriptions/{subscription_id}/ping": [Call("/subscriptions/{subscription}/ping")],
    "GET /subscriptions/{subscription_id}/error": [
        Call("/subscriptions/{subscription}/error"),
        Call("/subscriptions/{subscription}/error?starting_after=1.1.1"),
    ],
    "POST /subscriptions/{subscription_id}/error/retry": [
        Call("/subscriptions/{subscription}/error/retry"),
    ],
    "GET /pastense/v1/explain": [
        Call(
            f"/pastense/v1/explain?user_id={MARK}-1&event_name={MARK}-event&created_at={NOW}",
            status=200,
            by="maker",
        ),
        Call(
            f"/pastense/v1/explain?id={{user}}&event_name={MARK}-event&created_at={NOW}",
            status=200,
            by="maker",
        ),
    ],
    "POST /pastense/v1/explain": [
        Call("/pastense/v1/explain", EVENT | {"id": "{user}"}, 200, by="maker")
    ],
    "GET /pastense/v1/refusals": [
        Call("/pastense/v1/refusals", status=200, by="fresh", check=empty("data")),
        Call(
            "/pastense/v1/refusals?starting_after={refusals_after}",
            status=200,
            by="fresh",
            check=empty("data"),
        ),
        Call(
            "/pastense/v1/refusals?starting_after=999999",
            status=200,
            by="fresh",
            check=empty("data"),
        ),
    ],
    "GET /me": [Call("/me", status=200, by="fresh")],
    "GET /pastense/v1/counters": [
        Call("/pastense/v1/counters", status=200, by="fresh", check=nothing_counted)
    ],
    "GET /pastense/v1/workspace": [
        Call(
            "/pastense/v1/workspace",
            status=200,
            check=lambda body: body["settings"]["list_window_days"]["value"] == 90,
        ),
    ],
    "PUT /pastense/v1/workspace": [
        Call("/pastense/v1/workspace", {"name": "mine", "settings": {"retention_days": 4}}, 200),
    ],
    "GET /pastense/v1/audit": [
        Call("/pastense/v1/audit", status=200, by="fresh"),
        Call("/pastense/v1/audit?starting_after={audit_after}", status=200),
        Call("/pastense/v1/audit?starting_after=999999&per_page=150", status=200),
    ],
    "GET /pastense/v1/tokens": [
        Call("/pastense/v1/tokens", status=200, by="fresh"),
        Call("/pastense/v1/tokens?starting_after={tokens_after}", status=200),
        Call("/pastense/v1/tokens?starting_after=999999&per_page=150", status=200),
    ],
    "POST /pastense/v1/tokens": [Call("/pastense/v1/tokens", {"name": "mine"}, 200)],
    "DELETE /pastense/v1/tokens/{token_id}": [Call("/pastense/v1/tokens/{token}")],
    "GET /healthz": [Call("/healthz", status=200)],
    "GET /readyz": [Call("/readyz", status=200)],
    "GET /openapi.json": [Call("/openapi.json", status=200)],
}
