"""What older SDKs send about users, leads, visitors and counts, replayed byte by byte.

1.x leads are asked for with a token made with `--version 1.4`: these SDKs send no version
(docs/wire.md "The older API").
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from tests.support.sdk_wire import JSON, RUBY

PYTHON = JSON | {"User-Agent": "python-intercom/3.1.0"}
JAVA = JSON | {"User-Agent": "intercom-java/2.8.2"}
NODE = {"accept": "application/json", "content-type": "application/json"}
PHP = JSON | {"User-Agent": "Intercom-PHP/4.4.0"}
GO = {"Accept": "application/json", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def older_token(server) -> str:
    """A token whose calls are of version 1.4 unless they say otherwise."""
    return server.token("--version", "1.4")


@pytest.fixture
def older(wire, server, older_token) -> Iterator:
    """A raw connection with that token."""
    connection = type(wire)(server.port, older_token)
    yield connection
    connection.close()


def sent(wire, method: str, target: str, headers: dict[str, str], body=None) -> dict:
    """The object that a call is answered with."""
    answer = wire.send(method, target, headers, body)
    assert answer.status == 200, answer.body
    assert answer.headers["Intercom-Version"] in ("1.4", "2.14")
    return answer.json()


def visitor_of(wire) -> dict:
    return sent(wire, "POST", "/pastense/v1/visitors", JSON | wire.bearer, {"name": "Somebody"})


def test_python_3_users(older, unique):
    headers, user_id = PYTHON | older.basic_token, unique("py")
    user = sent(older, "POST", "/users/", headers, {"user_id": user_id, "name": "a"})
    # `save` posts what was changed beside what names the user, to the path without a slash.
    body = {"custom_attributes": {"n": 2}, "name": "b", "id": user["id"], "user_id": user_id}
    saved = sent(older, "POST", "/users", headers, body)
    assert (saved["id"], saved["name"], saved["custom_attributes"]) == (user["id"], "b", {"n": 2})
    assert sent(older, "GET", f"/users?user_id={user_id}", headers)["id"] == user["id"]
    assert sent(older, "GET", f"/users/{user['id']}", headers) == saved
    # The proxy looks for `type` in `pages`, and takes only path and query of `next`.
    page = sent(older, "GET", "/users?per_page=1&order=asc&sort=created_at", headers)
    assert "type" in page["pages"]
    following = urlsplit(page["pages"]["next"] or "")
    if page["total_count"] > 1:
        second = sent(older, "GET", f"{following.path}?{following.query}", headers)
        assert second["users"][0]["id"] != page["users"][0]["id"]
    deleted = older.send("DELETE", f"/users/{user['id']}", headers, {})
    assert deleted.json()["type"] == "user"
    assert older.send("GET", f"/users?user_id={user_id}", headers).status == 404


def test_python_3_and_ruby_4_scroll_until_nobody_is_left(older, unique):
    made = [
        sent(older, "POST", "/users/", PYTHON | older.bearer, {"user_id": unique("s")})["id"]
        for _ in range(3)
    ]
    seen, target = [], "/users/scroll"
    while target is not None:
        batch = sent(older, "GET", target, RUBY | older.bearer)
        assert batch["type"] == "user.list", "Ruby finds the key by the type"
        seen += [user["id"] for user in batch["users"]]
        assert batch["scroll_param"], "without one both begin anew"
        param = quote(batch["scroll_param"])
        target = f"/users/scroll?scroll_param={param}" if batch["users"] else None
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen))


def test_python_3_leads(older, unique):
    headers, email = PYTHON | older.basic_token, f"{unique('py')}@example.org"
    lead = sent(older, "POST", "/contacts/", headers, {"email": email})
    assert (lead["type"], lead["anonymous"]) == ("contact", True)
    body = {"custom_attributes": {}, "name": "b", "user_id": lead["user_id"], "email": email}
    assert sent(older, "PUT", f"/contacts/{lead['id']}", headers, body)["name"] == "b"
    found = sent(older, "GET", f"/contacts?email={quote(email)}", headers)
    assert [contact["id"] for contact in found["contacts"]] == [lead["id"]]
    assert found["pages"]["next"] is None
    user = sent(older, "POST", "/users/", headers, {"user_id": unique("py")})
    body = {
        "contact": {"user_id": lead["user_id"]},
        "user": {"id": user["id"], "user_id": user["user_id"]},
    }
    converted = sent(older, "POST", "/contacts/convert", headers, body)
    assert (converted["type"], converted["id"]) == ("user", user["id"])


def test_ruby_users_and_their_lists(older, unique):
    headers, user_id = RUBY | older.basic_app, unique("ruby")
    body = {"email": f"{user_id}@example.org", "custom_attributes": {}, "user_id": user_id}
    user = sent(older, "POST", "/users", headers, body)
    for key in ("companies", "social_profiles", "tags", "segments"):
        assert user[key]["type"].endswith(".list")
        assert isinstance(user[key][key], list)
    page = sent(older, "GET", "/users?per_page=2", headers)
    assert {item["type"] for item in page["users"]} == {"user"}
    while page["pages"]["next"] is not None:
        # The gem's paginator puts the whole URL into the request line.
        page = sent(older, "GET", page["pages"]["next"], headers)
    assert sent(older, "DELETE", f"/users/{user['id']}", headers, {})["id"] == user["id"]
    answer = older.send("POST", "/user_delete_requests", headers, {"intercom_user_id": user["id"]})
    assert answer.json() == {"id": user["id"]}


def test_ruby_4_deprecated_leads_with_a_token_of_version_1_4(older, unique):
    headers = RUBY | older.bearer
    lead = sent(older, "POST", "/contacts", headers, {"custom_attributes": {}})
    assert sent(older, "GET", f"/contacts/{lead['id']}", headers) == lead
    page = sent(older, "GET", "/contacts", headers)
    assert page["contacts"], "the gem calls the list `leads` itself"
    user_id = unique("ruby")
    body = {"contact": {"user_id": lead["user_id"]}, "user": {"user_id": user_id}}
    user = sent(older, "POST", "/contacts/convert", headers, body)
    assert (user["id"], user["user_id"]) == (lead["id"], user_id)


def test_ruby_4_visitors_with_either_version(older, wire, unique):
    for connection, kind in ((older, "user"), (wire, "contact")):
        headers = RUBY | connection.bearer
        visitor = visitor_of(connection)
        assert sent(connection, "GET", f"/visitors/{visitor['id']}", headers) == visitor
        body = {"custom_attributes": {"a": 1}}
        path = f"/visitors/{visitor['id']}"
        assert sent(connection, "PUT", path, headers, body)["custom_attributes"] == {"a": 1}
        lead = {"visitor": {"user_id": visitor["user_id"]}, "type": "lead"}
        assert sent(connection, "POST", "/visitors/convert", headers, lead)["id"] == visitor["id"]
        other = visitor_of(connection)
        body = {"visitor": {"user_id": other["user_id"]}, "user": {"user_id": unique("ruby")}}
        user = sent(connection, "POST", "/visitors/convert", headers, body | {"type": "user"})
        assert (user["type"], user["id"]) == (kind, other["id"])
        gone = visitor_of(connection)
        assert (
            sent(connection, "DELETE", f"/visitors/{gone['id']}", headers, {})["id"] == gone["id"]
        )


def test_ruby_counts(older):
    counts = sent(older, "GET", "/counts", RUBY | older.bearer)
    assert counts["type"] == "count.hash"
    assert all(set(counts[kind]) == {"count"} for kind in ("user", "tag", "company", "segment"))
    parts = sent(older, "GET", "/counts?type=user&count=segment", RUBY | older.bearer)
    assert parts == {"type": "count", "user": {"segment": []}}


def test_node_2_users_leads_visitors_and_counts(older, unique):
    headers, user_id = NODE | older.basic_token, unique("node")
    user = sent(older, "POST", "/users", headers, {"user_id": user_id})
    assert sent(older, "DELETE", f"/users?user_id={user_id}", headers)["id"] == user["id"]
    lead = sent(older, "POST", "/contacts", headers, {})
    changed = sent(older, "POST", "/contacts", headers, {"user_id": lead["user_id"], "name": "b"})
    assert (changed["id"], changed["name"]) == (lead["id"], "b")
    assert sent(older, "GET", f"/contacts?user_id={lead['user_id']}", headers)["id"] == lead["id"]
    assert sent(older, "DELETE", f"/contacts/{lead['id']}", headers)["id"] == lead["id"]
    visitor = visitor_of(older)
    body = {"user_id": visitor["user_id"], "name": "c"}
    assert sent(older, "POST", "/visitors", headers, body)["name"] == "c"
    assert sent(older, "GET", f"/visitors?user_id={visitor['user_id']}", headers)["name"] == "c"
    for part, name in (("user", "tag"), ("user", "segment"), ("company", "user")):
        counts = sent(older, "GET", f"/counts?type={part}&count={name}", headers)
        assert isinstance(counts[part][name], list)


def test_node_4_merges_a_visitor(wire, unique):
    headers, user_id = NODE | wire.bearer, unique("node")
    user = wire.new_contact(external_id=user_id)
    visitor = visitor_of(wire)
    body = {"id": visitor["id"], "name": "b", "custom_attributes": {"a": "b"}}
    assert sent(wire, "PUT", "/visitors", headers, body)["name"] == "b"
    body = {"visitor": {"id": visitor["id"]}, "user": {"user_id": user_id}, "type": "user"}
    merged = sent(wire, "POST", "/visitors/convert", headers, body)
    assert (merged["type"], merged["role"], merged["id"]) == ("contact", "user", user["id"])


def test_go_2_users_and_contacts(older, unique):
    headers, user_id = GO | older.basic_app, unique("go")
    body = {"user_id": user_id, "email": f"{user_id}@example.org", "update_last_request_at": True}
    user = sent(older, "POST", "/users", headers, body)
    assert user["last_request_at"] >= user["created_at"]
    for number in ("created_at", "updated_at", "session_count", "last_request_at"):
        assert isinstance(user[number], int)
    page = sent(older, "GET", "/users?page=1&per_page=1", headers)
    assert (page["pages"]["page"], page["pages"]["per_page"]) == (1, 1)
    contact = sent(older, "POST", "/contacts", headers, {"email": user["email"], "companies": []})
    # `Update` posts the whole contact, `Convert` the whole contact beside the user's names.
    whole = {name: contact[name] for name in ("id", "user_id", "email")}
    updated = sent(older, "POST", "/contacts", headers, whole | {"name": "b"})
    assert (updated["id"], updated["name"]) == (contact["id"], "b")
    body = {"user": {"user_id": user_id, "signed_up_at": 5}, "contact": whole}
    assert sent(older, "POST", "/contacts/convert", headers, body)["id"] == user["id"]
    other = sent(older, "POST", "/contacts", headers, {"email": user["email"]})
    assert sent(older, "DELETE", f"/contacts/{other['id']}", headers)["user_id"] == other["user_id"]


def test_php_4_users_leads_visitors_and_counts(older, unique):
    headers, user_id = PHP | older.bearer, unique("php")
    email = f"{user_id}@example.org"
    user = sent(older, "POST", "/users", headers, {"email": email})
    assert sent(older, "POST", "/users", headers, {"email": email, "name": "b"})["name"] == "b"
    assert sent(older, "GET", f"/users?email={quote(email)}", headers)["id"] == user["id"]
    page = sent(older, "GET", "/users?per_page=1", headers)
    url = page["pages"]["next"]
    if url is not None:
        assert url.startswith(f"http://{older.host}/users?"), "it is requested as it is"
    lead = sent(older, "POST", "/contacts", headers, {"email": email})
    body = {"contact": {"user_id": lead["user_id"]}, "user": {"email": email}}
    assert sent(older, "POST", "/contacts/convert", headers, body)["id"] == user["id"]
    assert "contacts" in sent(older, "GET", "/contacts/scroll", headers)
    visitor = visitor_of(older)
    body = {"id": visitor["id"], "name": "c"}
    assert sent(older, "PUT", "/visitors", headers, body)["name"] == "c"
    assert sent(older, "GET", "/counts?type=user", headers)["user"]["count"] >= 1
    answer = older.send("POST", "/user_delete_requests", headers, {"intercom_user_id": user["id"]})
    assert answer.json() == {"id": user["id"]}


def test_java_2_users_contacts_visitors_and_counts(older, unique):
    headers, user_id = JAVA | older.basic_token, unique("java")
    body = {"type": "user", "user_id": user_id, "custom_attributes": {}, "new_session": True}
    user = sent(older, "POST", "/users", headers, body)
    assert user["session_count"] == 1
    assert sent(older, "GET", f"/users?user_id={user_id}", headers)["id"] == user["id"]
    assert sent(older, "GET", "/users/scroll", headers)["scroll_param"]
    created = {"type": "contact", "custom_attributes": {}, "email": "a@example.org"}
    contact = sent(older, "POST", "/contacts", headers, created)
    whole = created | {"id": contact["id"], "user_id": contact["user_id"], "name": "b"}
    assert sent(older, "POST", "/contacts", headers, whole)["id"] == contact["id"]
    found = sent(older, "GET", f"/contacts?user_id={contact['user_id']}", headers)
    assert (found["id"], found["name"]) == (contact["id"], "b"), "a single object, no list"
    target = f"/contacts?user_id={contact['user_id']}"
    assert sent(older, "DELETE", target, headers)["id"] == contact["id"]
    visitor = visitor_of(older)
    body = {
        "id": visitor["id"],
        "user_id": visitor["user_id"],
        "custom_attributes": {},
        "name": "b",
    }
    assert sent(older, "PUT", "/visitors/", headers, body)["name"] == "b"
    body = {"visitor": {"id": visitor["id"], "user_id": visitor["user_id"]}, "type": "user"}
    body["user"] = {"id": user["id"], "user_id": user_id}
    assert sent(older, "POST", "/visitors/convert", headers, body)["id"] == user["id"]
    totals = sent(older, "GET", "/counts", headers)
    # Each count is read as the first pair of its object.
    assert all(isinstance(totals[k]["count"], int) for k in ("company", "segment", "tag", "user"))
    assert sent(older, "DELETE", f"/users?user_id={user_id}", headers)["id"] == user["id"]
    deleted = sent(
        older, "POST", "/user_delete_requests", headers, {"intercom_user_id": user["id"]}
    )
    assert deleted == {"id": user["id"]}


@pytest.mark.parametrize("headers", [GO, JAVA, PHP, RUBY], ids=["go", "java", "php", "ruby"])
def test_go_2_java_2_php_4_and_ruby_3_tags(older, unique, headers):
    headers = headers | older.basic_token
    user_id, name = unique("tagged"), unique("tag")
    user = sent(older, "POST", "/users", headers, {"user_id": user_id})
    made = sent(older, "POST", "/tags", headers, {"name": name})
    assert made == {"type": "tag", "id": made["id"], "name": name}
    tagging = {"name": name, "users": [{"id": user["id"]}]}
    assert sent(older, "POST", "/tags", headers, tagging) == made
    untagging = {"name": name, "users": [{"user_id": user_id, "untag": True}]}
    assert sent(older, "POST", "/tags", headers, untagging) == made
    # Go, Java and PHP look for the key; Ruby finds it by the type.
    listed = sent(older, "GET", "/tags", headers)
    assert listed["type"] == "tag.list"
    assert made in listed["tags"]
    assert older.send("DELETE", f"/tags/{made['id']}", headers).status == 200


def test_the_user_agent_decides_nothing(older, wire):
    for connection, shown in ((older, "anonymous"), (wire, "role")):
        lead = sent(connection, "POST", "/contacts", RUBY | connection.bearer, {"role": "lead"})
        assert shown in lead
