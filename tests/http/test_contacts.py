"""Contacts over HTTP: created, found, changed, archived, deleted, listed, searched."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.support.inprocess import NOW, InProcess

DAY_S = 86_400


def create(server: InProcess, **fields: object) -> dict:
    reply = server.call("POST", "/contacts", fields)
    assert reply.status == 200, reply
    return reply.json


def search(server: InProcess, query: object, **more: object) -> dict:
    reply = server.call("POST", "/contacts/search", {"query": query, **more})
    assert reply.status == 200, reply
    return reply.json


def found(server: InProcess, field: str, operator: str, value: object) -> list[str]:
    """The external ids that a filter finds, oldest first, without the fixture's own user."""
    query = {"field": field, "operator": operator, "value": value}
    page = search(server, query, sort={"field": "created_at", "order": "ascending"})
    return [c["external_id"] for c in page["data"] if c["external_id"] != "u1"]


def test_the_whole_object(server: InProcess) -> None:
    sent = {
        "role": "user",
        "external_id": "25",
        "email": "Wash@serenity.io",
        "phone": "+1123456789",
        "name": "Hoban Washburne",
        "avatar": "https://example.org/128Wash.jpg",
        "signed_up_at": 1392731331,
        "last_seen_at": 1392731332,
        "owner_id": 127,
        "unsubscribed_from_emails": True,
        "custom_attributes": {"paid": True, "spent": 155.5, "name": "x"},
    }
    contact = create(server, **sent)
    for field in sent.keys() - {"avatar"}:
        assert contact[field] == sent[field]
    assert contact["avatar"] == {"type": "avatar", "image_url": sent["avatar"]}
    assert (contact["type"], contact["email_domain"]) == ("contact", "serenity.io")
    assert contact["created_at"] == contact["updated_at"] == NOW
    assert len(contact["id"]) == 24
    int(contact["id"], 16)
    for path in (contact["id"], "find_by_external_id/25"):
        assert server.call("GET", f"/contacts/{path}").json == contact


def test_only_an_email_makes_a_user(server: InProcess) -> None:
    contact = create(server, email="a@b.c")
    assert (contact["role"], contact["external_id"]) == ("user", None)


def test_duplicates_are_refused_in_intercoms_words(server: InProcess) -> None:
    contact = create(server, external_id="25", email="a@b.c")
    words = f"matching those details already exists with id={contact['id']}"
    for fields in ({"external_id": "25"}, {"email": "A@B.C"}, {"external_id": 25, "role": "lead"}):
        reply = server.call("POST", "/contacts", fields)
        assert reply.error == (409, "conflict", None)
        assert reply.json["errors"][0]["message"] == f"A contact {words}"
    server.call("POST", f"/contacts/{contact['id']}/archive")
    message = server.call("POST", "/contacts", {"email": "a@b.c"}).json["errors"][0]["message"]
    assert message == f"An archived contact {words}"
    other = create(server, external_id="26")
    reply = server.call("PUT", f"/contacts/{other['id']}", {"email": "a@b.c"})
    assert reply.error == (409, "conflict", None)


def test_leads_may_share_an_email(server: InProcess) -> None:
    leads = [create(server, role="lead", email="a@b.c") for _ in range(2)]
    user = create(server, email="a@b.c")
    assert len({contact["id"] for contact in [*leads, user]}) == 3
    reply = server.call("PUT", f"/contacts/{leads[0]['id']}", {"role": "user"})
    assert reply.error == (409, "conflict", None), "as a user it would share the email"


def test_parallel_creations_of_one_external_id(server: InProcess) -> None:
    statuses: list[int] = []

    def attempt() -> None:
        statuses.append(server.call("POST", "/contacts", {"external_id": "one"}).status)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 19


def test_changing_some_fields_keeps_the_others(server: InProcess) -> None:
    contact = create(server, external_id="25", name="a", custom_attributes={"x": 1, "y": 2})
    server.clock.move(10)
    change = {"name": None, "phone": "1", "custom_attributes": {"y": None, "z": "3"}}
    changed = server.call("PUT", f"/contacts/{contact['id']}", change).json
    assert changed == contact | {
        "name": None,
        "phone": "1",
        "updated_at": NOW + 10,
        "custom_attributes": {"x": 1, "z": "3"},
    }
    assert server.call("PUT", "/contacts/nobody", change).error == (404, "not_found", None)
    reply = server.call("PUT", f"/contacts/{contact['id']}", {"role": "lead"})
    assert reply.error == (400, "parameter_invalid", "role")


def test_attributes_have_a_bound_per_contact(server: InProcess) -> None:
    contact = create(server, external_id="25", custom_attributes={f"a{i}": i for i in range(250)})
    path = f"/contacts/{contact['id']}"
    reply = server.call("PUT", path, {"name": "x", "custom_attributes": {"one more": 1}})
    assert reply.error == (400, "parameter_invalid", "custom_attributes")
    assert server.call("GET", path).json == contact, "nothing of it was stored"
    swap = {"custom_attributes": {"a0": None, "one more": 1}}
    assert server.call("PUT", path, swap).status == 200


def test_a_domain_follows_the_last_at(server: InProcess) -> None:
    contact = create(server, external_id="odd", email='"a@b"@C.org')
    assert contact["email_domain"] == "C.org"
    assert found(server, "email_domain", "=", "c.org") == ["odd"]


def test_archive_and_restore_twice(server: InProcess) -> None:
    contact = create(server, external_id="25")
    path = f"/contacts/{contact['id']}"
    for action, archived in [("archive", True), ("archive", True), ("unarchive", False)]:
        reply = server.call("POST", f"{path}/{action}")
        assert reply.json == {
            "type": "contact",
            "id": contact["id"],
            "external_id": "25",
            "archived": archived,
        }
        assert server.call("GET", path).status == 200
        assert ("25" in found(server, "role", "=", "user")) is not archived
    assert server.call("POST", "/contacts/nobody/archive").error == (404, "not_found", None)


def test_deletion_frees_and_erases(server: InProcess) -> None:
    contact = create(server, external_id="25", email="a@b.c")
    items = [{"event_name": f"n{i}", "created_at": NOW, "user_id": "25"} for i in range(1_000)]
    for start in range(0, 5_000, 1_000):
        batch = [item | {"created_at": NOW - start} for item in items]
        assert server.call("POST", "/events", {"data": batch}).status == 202
    reply = server.call("DELETE", f"/contacts/{contact['id']}")
    assert reply.json == {
        "type": "contact",
        "id": contact["id"],
        "external_id": "25",
        "deleted": True,
    }
    assert server.call("GET", f"/contacts/{contact['id']}").error == (404, "not_found", None)
    assert server.call("GET", "/events?type=user&user_id=25").status == 404
    again = create(server, external_id="25", email="a@b.c")
    assert again["id"] != contact["id"]
    assert server.listed("user_id=25") == []
    deadline = time.monotonic() + 10
    while server.store.leaving.remains().erasures:
        assert time.monotonic() < deadline, "the erasure does not end"
        time.sleep(0.02)
    path = Path(server.store._database.path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    connection.close()


def test_listing_pages(server: InProcess) -> None:
    for index in range(5):
        server.clock.move(1)
        create(server, external_id=f"c{index}")
    seen, cursor = [], ""
    while True:
        page = server.call("GET", f"/contacts?per_page=2&starting_after={cursor}").json
        assert (page["type"], page["total_count"]) == ("list", 6)
        assert page["pages"]["total_pages"] == 3
        seen += [contact["external_id"] for contact in page["data"]]
        if "next" not in page["pages"]:
            break
        cursor = page["pages"]["next"]["starting_after"]
    assert seen == ["c4", "c3", "c2", "c1", "c0", "u1"], "newest first"


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("role", "=", "user", ["a", "b"]),
        ("role", "!=", "user", ["c"]),
        ("external_id", "IN", ["a", "c", "x"], ["a", "c"]),
        ("external_id", "NIN", ["a", "u1"], ["b", "c"]),
        ("email", "=", "A@X.ORG", ["a"]),
        ("email", "=", None, ["b"]),
        ("email", "!=", None, ["a", "c"]),
        ("email_domain", "=", "x.org", ["a", "c"]),
        ("name", "~", "lic", ["a"]),
        ("name", "!~", "lic", ["b", "c"]),
        ("name", "^", "Al", ["a"]),
        ("name", "$", "b", ["b"]),
        ("name", "~", "%", []),
        ("owner_id", ">", 5, ["b"]),
        ("owner_id", ">=", 5, ["a", "b"]),
        ("owner_id", "<", "6", ["a"]),
        ("owner_id", "!=", 5, ["b", "c"]),
        ("unsubscribed_from_emails", "=", True, ["b"]),
        ("unsubscribed_from_emails", "=", "false", ["a", "c"]),
        ("created_at", "=", NOW, ["a", "b"]),
        ("created_at", ">", NOW, ["c"]),
        ("created_at", "<", NOW + DAY_S, ["a", "b"]),
        ("signed_up_at", "=", None, ["a", "b"]),
        ("custom_attributes.plan", "=", "pro", ["a"]),
        ("custom_attributes.seats", ">", 3, ["b"]),
        ("custom_attributes.plan", "!=", "pro", ["b", "c"]),
        ("custom_attributes.seats", "IN", [4, "4", "x"], ["b"]),
        ("custom_attributes.seats", "NIN", [4, "4"], ["a", "c"]),
        ("custom_attributes.plan", ">", 3, []),
        ("custom_attributes.trial", "=", 1, []),
        ("custom_attributes.trial", "=", True, ["c"]),
        ('custom_attributes.it\'s "q"', "=", "x", ["c"]),
    ],
)
def test_search_operators(
    searched: InProcess, field: str, operator: str, value: object, expected: list[str]
) -> None:
    assert found(searched, field, operator, value) == expected


@pytest.fixture(scope="module")
def searched(shared: InProcess) -> InProcess:
    """Three contacts; the third was made a day later."""
    create(
        shared,
        external_id="a",
        email="a@x.org",
        name="Alice",
        owner_id=5,
        custom_attributes={"plan": "pro"},
    )
    create(
        shared,
        external_id="b",
        name="Bob",
        owner_id=6,
        unsubscribed_from_emails=True,
        custom_attributes={"seats": 4},
    )
    shared.clock.move(DAY_S)
    create(
        shared,
        external_id="c",
        role="lead",
        email="c@y@x.org",
        signed_up_at=1,
        custom_attributes={'it\'s "q"': "x", "trial": True},
    )
    return shared


def test_groups_nest(searched: InProcess) -> None:
    def leaf(field: str, value: object) -> dict:
        return {"field": field, "operator": "=", "value": value}

    either = {"operator": "OR", "value": [leaf("name", "Alice"), leaf("role", "lead")]}
    query = {"operator": "AND", "value": [either, leaf("email_domain", "x.org")]}
    assert {c["external_id"] for c in search(searched, query)["data"]} == {"a", "c"}


def test_what_the_node_sdk_searches_before_it_sends_events(searched: InProcess) -> None:
    query = {
        "operator": "AND",
        "value": [
            {"field": "role", "operator": "=", "value": "user"},
            {"field": "external_id", "operator": "!=", "value": None},
        ],
    }
    page = search(searched, query, pagination={"per_page": 2})
    assert len(page["data"]) == 2
    assert page["pages"]["next"]["per_page"] == 2
    pagination = page["pages"]["next"]
    rest = search(searched, query, pagination=pagination)
    assert "next" not in rest["pages"]
    assert {c["external_id"] for c in page["data"] + rest["data"]} == {"a", "b", "u1"}


@pytest.mark.parametrize("field", ["created_at", "name", "owner_id", "email", "role"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_every_page_of_a_sorted_search(searched: InProcess, field: str, order: str) -> None:
    query = {"field": "role", "operator": "!=", "value": "nothing"}
    sort = {"field": field, "order": order}
    whole = [c["id"] for c in search(searched, query, sort=sort)["data"]]
    seen, pagination = [], {"per_page": 1}
    for _ in whole:
        page = search(searched, query, sort=sort, pagination=pagination)
        seen += [contact["id"] for contact in page["data"]]
        pagination = page["pages"].get("next")
    assert seen == whole
    assert pagination is None


def test_a_cursor_of_another_order_is_refused(searched: InProcess) -> None:
    query = {"field": "role", "operator": "!=", "value": "nothing"}
    page = search(searched, query, sort={"field": "name"}, pagination={"per_page": 1})
    body = {"query": query, "sort": {"field": "owner_id"}, "pagination": page["pages"]["next"]}
    reply = searched.call("POST", "/contacts/search", body)
    assert reply.error == (400, "parameter_invalid", "starting_after")


def test_external_ids_with_slashes_and_percents(server: InProcess) -> None:
    for external_id, path in [
        ("a/b", "a%2Fb"),
        ("50%", "50%25"),
        ("x y/", "x%20y%2F"),
        ("é", "%C3%A9"),
    ]:
        contact = create(server, external_id=external_id)
        reply = server.call("GET", f"/contacts/find_by_external_id/{path}")
        assert reply.json["id"] == contact["id"]


def test_an_encoded_slash_does_not_part_an_id(server: InProcess) -> None:
    assert server.call("GET", "/contacts/x%2Farchive").error == (404, "not_found", None)
    assert server.call("POST", "/contacts/x%2Farchive").status == 405


def test_unknown_parameters_are_not_looked_at(server: InProcess) -> None:
    for path in ("/contacts?x=1&x=2", "/events?type=user&user_id=u1&x=1&x=2"):
        assert server.call("GET", path).status == 200


def test_me(server: InProcess) -> None:
    me = server.call("GET", "/me").json
    workspace = server.store.admin.workspaces()[0]
    assert (me["type"], me["name"], me["app"]["id_code"]) == ("admin", "test", workspace.id)
