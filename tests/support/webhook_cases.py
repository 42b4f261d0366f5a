"""What schemathesis' cases about webhooks need that no schema can say."""

from __future__ import annotations

from typing import Any

SILENT_RECEIVER = {
    "topics": ["event.created"],
    "url": "http://127.0.0.1:9/hook",
    "metadata": {"event_names": ["never-sent"]},
}
KEPT = 50


def mend_webhooks(case: Any, people: Any) -> None:
    """There are only so many subscriptions. All receivers are one that does not answer, so that
    nothing leaves the machine."""
    if case.operation.label == "POST /subscriptions":
        a_subscription(people)
    body = case.body if case.path.startswith("/subscriptions") else None
    if isinstance(body, dict) and body.get("url") is not None:
        body["url"] = SILENT_RECEIVER["url"]


def aim_at_webhooks(case: Any, people: Any) -> None:
    """Let the path name a subscription that is there."""
    if "subscription_id" in case.path_parameters:
        case.path_parameters["subscription_id"] = a_subscription(people)


def a_subscription(people: Any) -> str:
    """The id of one; where there are many the others are deleted."""
    address = f"{people.url}/subscriptions"
    found = people.http.get(address, headers=people.headers).json()["items"]
    for one in found[1:] if len(found) > KEPT else []:
        people.http.delete(f"{address}/{one['id']}", headers=people.headers)
    return (found or [people.send("/subscriptions", SILENT_RECEIVER).json()])[0]["id"]
