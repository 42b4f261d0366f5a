"""Every call of python-intercom 3.1 that is about people, events or webhooks; prints the answers.

Environment: BASE_URL, TOKEN (made with `--version 1.4`, every scope), SUFFIX (unique text).
"""

from __future__ import annotations

import json
import os
import time

import intercom
from intercom.client import Client

SUFFIX = os.environ["SUFFIX"]
HOUR_AGO = int(time.time()) - 3600
USER_ID = f"py3-{SUFFIX}"
EMAIL = f"{USER_ID}@example.org"


def connect(token: str) -> Client:
    """A client of this server."""
    client = Client(personal_access_token=token)
    client.base_url = os.environ["BASE_URL"]
    return client


def refusal(call) -> list[str]:
    """The class and the message of what a call raises."""
    try:
        call()
    except intercom.IntercomError as error:
        return [type(error).__name__, str(error)]
    return ["nothing", ""]


def plain(resource) -> dict:
    """A resource as it was answered."""
    return {name: value for name, value in resource.to_dict().items() if name != "client"}


def users(client: Client) -> dict:
    """Created twice, found in three ways, saved, listed over pages, scrolled."""
    user = client.users.create(user_id=USER_ID, email=EMAIL, custom_attributes={"plan": "team"})
    again = client.users.create(user_id=USER_ID, name="Ada")
    found = [client.users.find(**by) for by in ({"user_id": USER_ID}, {"email": EMAIL})]
    found.append(client.users.find(id=user.id))
    user.name = "Grace"
    user.custom_attributes["seats"] = 3
    saved = client.users.save(user)
    for number in range(4):
        client.users.create(user_id=f"{USER_ID}-{number}")
    return {
        "created": user.id,
        "again": again.id,
        "found": [one.id for one in found],
        "saved": [saved.name, dict(saved.custom_attributes)],
        "paged": [one.user_id for one in client.users.find_all(per_page=2)],
        "all": [one.user_id for one in client.users.all()],
        "scrolled": [one.user_id for one in client.users.scroll()],
        "count": client.counts.for_app().user["count"],
    }


def events(client: Client) -> dict:
    """Created with a fraction of a second, listed over pages, summed up."""
    created = client.events.create(
        event_name="opened", created_at=HOUR_AGO + 0.75, user_id=USER_ID, metadata={"paid": True}
    )
    for number in range(1, 5):
        client.events.create(event_name="opened", created_at=HOUR_AGO + number, email=EMAIL)
    whose = {"type": "user", "user_id": USER_ID}
    listed = client.events.find_all(**whose, per_page=2)
    return {
        "created": created,
        "listed": [[e.event_name, e.created_at.timestamp() - HOUR_AGO] for e in listed],
        "counts": [[e.name, e.count] for e in client.events.find_all(**whose, summary=True)],
    }


def bulk(client: Client) -> dict:
    """Jobs of events and of users: submitted, added to, found, with their errors."""
    good = {"event_name": "bulked", "created_at": HOUR_AGO, "user_id": USER_ID}
    bad = good | {"user_id": f"nobody-{SUFFIX}"}
    first = client.events.submit_bulk_job(create_items=[good, bad])
    again = client.events.submit_bulk_job(create_items=[good], job_id=first.id)
    people = client.users.submit_bulk_job(
        create_items=[{"user_id": 25, "email": f"alice-{SUFFIX}@example.org"}],
        delete_items=[{"user_id": f"{USER_ID}-3"}, {"user_id": f"nobody-{SUFFIX}"}],
    )
    return {
        "first": plain(first),
        "again": plain(again),
        "found": plain(client.jobs.find(id=first.id)),
        "errors": plain(client.jobs.errors(id=first.id)),
        "people": plain(people),
        "people errors": plain(client.jobs.errors(id=people.id)),
        "number": client.users.find(user_id=25).user_id,
        "archived": refusal(lambda: client.users.find(user_id=f"{USER_ID}-3")),
        "no job": refusal(lambda: client.jobs.find(id="job_5ca1ab1eca11ab1e")),
        "added to no job": refusal(
            lambda: client.events.submit_bulk_job(create_items=[good], job_id="job_1")
        ),
    }


def leads(client: Client) -> dict:
    """Created, listed, saved, converted, deleted."""
    lead = client.leads.create(email=f"lead-{SUFFIX}@example.org", name="Lead")
    client.events.create(event_name="asked", created_at=HOUR_AGO, id=lead.id)
    listed = [one.id for one in client.leads.all()]
    found = client.leads.find(id=lead.id)
    lead.name = "Named"
    saved = client.leads.save(lead)
    user = client.users.create(user_id=f"{USER_ID}-lead")
    client.leads.convert(lead, user)
    other = client.leads.create(name="Other")
    client.leads.delete(other)
    mine = client.events.find_all(type="user", user_id=f"{USER_ID}-lead")
    return {
        "id": lead.id,
        "listed": listed,
        "found": [found.id, found.user_id == lead.user_id, found.anonymous],
        "saved": saved.name,
        "gone": refusal(lambda: client.leads.find(id=other.id)),
        "events": [event.event_name for event in mine],
    }


def tags(client: Client) -> dict:
    """Made, put on a user and taken away, listed, found."""
    name = f"tag {SUFFIX}"
    made = client.tags.create(name=name)
    tagged = client.tags.tag(name=name, users=[{"user_id": USER_ID}])
    on_user = [tag.name for tag in client.users.find(user_id=USER_ID).tags]
    untagged = client.tags.untag(name=name, users=[{"email": EMAIL}])
    return {
        "ids": [made.id, tagged.id, untagged.id, client.tags.find(id=made.id).id],
        "listed": [[tag.id, tag.name] for tag in client.tags.all() if tag.name == name],
        "on user": on_user,
        "afterwards": [tag.name for tag in client.users.find(user_id=USER_ID).tags],
    }


def subscriptions(client: Client) -> dict:
    """Made, listed, changed, deleted; for an event that nobody sends."""
    names = {"event_names": [f"never {SUFFIX}"]}
    url = f"https://1.1.1.1/{SUFFIX}"
    made = client.subscriptions.create(url=url, topics=["event.created"], metadata=names)
    listed = [one.id for one in client.subscriptions.all()]
    found = client.subscriptions.find(id=made.id)
    found.url = f"{url}/new"
    saved = client.subscriptions.save(found)
    client.subscriptions.delete(found)
    return {
        "made": made.id,
        "listed": listed,
        "saved": [saved.id, saved.url == f"{url}/new"],
        "left": [one.id for one in client.subscriptions.all()],
    }


def main() -> None:
    """Make the calls in order."""
    client = connect(os.environ["TOKEN"])
    results = {"version": intercom.__version__, "user_id": USER_ID, "hour_ago": HOUR_AGO}
    results["users"] = users(client)
    results["events"] = events(client)
    results["bulk"] = bulk(client)
    results["leads"] = leads(client)
    results["tags"] = tags(client)
    results["subscriptions"] = subscriptions(client)
    stranger = connect("pst_of_nobody")
    results["unauthorized"] = refusal(lambda: stranger.users.find(user_id=USER_ID))
    results["unknown"] = refusal(lambda: client.users.find(user_id=f"nobody-{SUFFIX}"))
    lost = {"event_name": "lost", "created_at": HOUR_AGO, "user_id": f"nobody-{SUFFIX}"}
    results["lost"] = refusal(lambda: client.events.create(**lost))
    results["no time"] = refusal(lambda: client.events.create(event_name="x", user_id=USER_ID))
    user = client.users.find(user_id=USER_ID)
    results["deleted"] = client.users.delete(user).id
    results["after deletion"] = refusal(lambda: client.users.find(user_id=USER_ID))
    print(json.dumps(results))


main()
