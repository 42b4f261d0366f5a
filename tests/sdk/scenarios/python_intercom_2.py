"""Every call of python-intercom 2.1 that is about people, events or webhooks; prints the answers.

Environment: BASE_URL, TOKEN (made with `--version 1.4`, every scope), SUFFIX (unique text).
"""

from __future__ import annotations

import json
import os
import time

import intercom
from intercom import Count, Event, Intercom, Segment, Subscription, Tag, User

SUFFIX = os.environ["SUFFIX"]
HOUR_AGO = int(time.time()) - 3600
USER_ID = f"py2-{SUFFIX}"
EMAIL = f"{USER_ID}@example.org"


def connect(token: str) -> None:
    """Let the module speak to this server, with an app id and the token as its key."""
    Intercom.app_id = "pi3243fa"
    Intercom.app_api_key = token
    Intercom.endpoints = [os.environ["BASE_URL"]]


def refusal(call) -> list[str]:
    """The class and the message of what a call raises."""
    try:
        call()
    except intercom.IntercomError as error:
        return [type(error).__name__, str(error)]
    return ["nothing", ""]


def users() -> dict:
    """Created twice, found in three ways, saved, counted, listed over pages."""
    user = User.create(user_id=USER_ID, email=EMAIL, custom_attributes={"plan": "team"})
    again = User.create(user_id=USER_ID, name="Ada")
    found = [User.find(user_id=USER_ID), User.find(email=EMAIL), User.find(id=user.id)]
    user.name = "Grace"
    user.custom_attributes["seats"] = 3
    user.save()
    for number in range(4):
        User.create(user_id=f"{USER_ID}-{number}")
    saved = User.find(id=user.id)
    return {
        "created": user.id,
        "again": again.id,
        "found": [one.id for one in found],
        "saved": [saved.name, dict(saved.custom_attributes)],
        "paged": [one.user_id for one in User.find_all(per_page=2)],
        "all": [one.user_id for one in User.all()],
        "count": User.count(),
        "counts": Count.find().user,
        "segments": [segment.name for segment in Segment.all()],
    }


def events() -> dict:
    """Created and saved; this generation cannot list them."""
    created = Event.create(
        event_name="opened", created_at=HOUR_AGO + 0.75, user_id=USER_ID, metadata={"paid": True}
    )
    event = Event(event_name="saved", created_at=HOUR_AGO, email=EMAIL)
    return {"created": created, "saved": event.save()}


def tags() -> dict:
    """Made, put on a user and taken away, listed, found."""
    name = f"tag {SUFFIX}"
    made = Tag.create(name=name)
    tagged = Tag.tag_users(name, [{"user_id": USER_ID}])
    on_user = [tag.name for tag in User.find(user_id=USER_ID).tags]
    untagged = Tag.untag_users(name, [{"email": EMAIL}])
    return {
        "ids": [made.id, tagged.id, untagged.id, Tag.find(id=made.id).id],
        "listed": [[tag.id, tag.name] for tag in Tag.all() if tag.name == name],
        "on user": on_user,
        "afterwards": [tag.name for tag in User.find(user_id=USER_ID).tags],
    }


def subscriptions() -> dict:
    """Made, found, changed; for an event that nobody sends. It cannot list them."""
    names = {"event_names": [f"never {SUFFIX}"]}
    url = f"https://1.1.1.1/{SUFFIX}"
    made = Subscription.create(url=url, topics=["event.created"], metadata=names)
    found = Subscription.find(id=made.id)
    found.url = f"{url}/new"
    saved = found.save()
    return {
        "made": made.id,
        "saved": [saved.id, saved.url == f"{url}/new"],
    }


def main() -> None:
    """Make the calls in order."""
    connect(os.environ["TOKEN"])
    results = {"version": intercom.__version__, "user_id": USER_ID, "hour_ago": HOUR_AGO}
    results["users"] = users()
    results["events"] = events()
    results["tags"] = tags()
    results["subscriptions"] = subscriptions()
    lost = {"event_name": "lost", "created_at": HOUR_AGO, "user_id": f"nobody-{SUFFIX}"}
    results["lost"] = refusal(lambda: Event.create(**lost))
    results["no time"] = refusal(lambda: Event.create(event_name="x", user_id=USER_ID))
    results["unknown"] = refusal(lambda: User.find(user_id=f"nobody-{SUFFIX}"))
    user = User.find(user_id=f"{USER_ID}-0")
    results["deleted"] = user.delete().id == user.id
    results["after deletion"] = refusal(lambda: User.find(user_id=f"{USER_ID}-0"))
    connect("pst_of_nobody")
    results["unauthorized"] = refusal(lambda: User.find(user_id=USER_ID))
    print(json.dumps(results))


main()
