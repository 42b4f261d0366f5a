"""Data attributes over HTTP: declared, changed, archived, and how they bind contacts."""

from __future__ import annotations

import threading

import pytest

from tests.support.inprocess import NOW, InProcess


def declare(server: InProcess, name: str, data_type: str = "string", **more: object) -> dict:
    body = {"name": name, "model": "contact", "data_type": data_type, **more}
    reply = server.call("POST", "/data_attributes", body)
    assert reply.status == 200, reply
    return reply.json


def listed(server: InProcess, query: str = "") -> list[dict]:
    """The declared attributes of a list."""
    reply = server.call("GET", f"/data_attributes{query}")
    assert (reply.status, reply.json["type"]) == (200, "list")
    return [one for one in reply.json["data"] if one["custom"]]


def test_the_whole_object(shared: InProcess) -> None:
    made = declare(shared, "paid_subscriber", "boolean", description="Who pays")
    assert made == {
        "type": "data_attribute",
        "id": made["id"],
        "name": "paid_subscriber",
        "full_name": "custom_attributes.paid_subscriber",
        "label": "paid_subscriber",
        "description": "Who pays",
        "data_type": "boolean",
        "api_writable": True,
        "ui_writable": False,
        "messenger_writable": False,
        "custom": True,
        "archived": False,
        "model": "contact",
        "admin_id": shared.call("GET", "/me").json["id"],
        "created_at": NOW,
        "updated_at": NOW,
    }
    options = [{"value": "1-10"}, {"value": "11-20"}]
    sized = declare(shared, "size", "options", options=options)
    assert (sized["data_type"], sized["options"]) == ("string", ["1-10", "11-20"])
    found = listed(shared)
    assert [one for one in found if one["id"] in (made["id"], sized["id"])] == [made, sized]


def test_what_every_contact_has_is_listed_without_ids(shared: InProcess) -> None:
    data = shared.call("GET", "/data_attributes?model=contact").json["data"]
    built_in = {one["name"]: one for one in data if not one["custom"]}
    assert {"email", "external_id", "created_at", "last_seen_at"} <= built_in.keys()
    assert built_in["created_at"]["data_type"] == "date"
    assert not any("id" in one or one["archived"] for one in built_in.values())


@pytest.mark.parametrize("model", ["company", "conversation"])
def test_other_models_have_none(shared: InProcess, model: str) -> None:
    reply = shared.call("GET", f"/data_attributes?model={model}")
    assert reply.json == {"type": "list", "data": []}


@pytest.mark.parametrize("query", ["?model=pet", "?include_archived=maybe", "?model=a&model=b"])
def test_a_bad_list_is_refused(shared: InProcess, query: str) -> None:
    assert shared.call("GET", f"/data_attributes{query}").error[:2] == (400, "parameter_invalid")


def test_the_older_shape(shared: InProcess) -> None:
    reply = shared.call("GET", "/data_attributes", headers={"Intercom-Version": "1.4"})
    assert reply.json["type"] == "data_attribute.list"
    assert reply.json["data_attributes"][0]["name"] == "id"


def test_a_change_and_the_archive(server: InProcess) -> None:
    made = declare(server, "ring")
    path = f"/data_attributes/{made['id']}"
    server.clock.move(5)
    changed = server.call("PUT", path, {"description": "One ring", "messenger_writable": True}).json
    wanted = {"description": "One ring", "messenger_writable": True, "updated_at": NOW + 5}
    assert changed == made | wanted
    assert server.call("PUT", path).json == changed, "an empty body changes nothing"
    assert server.call("PUT", path, {"archived": True}).json["archived"] is True
    assert listed(server) == []
    assert [one["archived"] for one in listed(server, "?include_archived=True")] == [True]
    assert server.call("PUT", path, {"archived": False}).json["archived"] is False
    acts = [entry.act for entry in server.store.audit.page(1, None, 10)]
    words = ("unarchived", "archived", "changed", "declared")
    assert acts[:4] == [f"data attribute {word}" for word in words]


BAD = {
    "no name": ({"model": "contact", "data_type": "string"}, "parameter_not_found", "name"),
    "a bad name": (
        {"name": "!nv@l!d n@me", "model": "contact", "data_type": "string"},
        "parameter_invalid",
        "name",
    ),
    "a company": (
        {"name": "Mithril Shirt", "model": "company", "data_type": "string"},
        "parameter_invalid",
        "model",
    ),
    "a bad type": (
        {"name": "x", "model": "contact", "data_type": "mithril"},
        "parameter_invalid",
        "data_type",
    ),
    "one option": (
        {"name": "x", "model": "contact", "data_type": "options", "options": [{"value": "1"}]},
        "parameter_invalid",
        "options",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_declaration_is_refused(shared: InProcess, name: str) -> None:
    body, code, field = BAD[name]
    assert shared.call("POST", "/data_attributes", body).error == (400, code, field)


def test_refusals_in_intercoms_words(shared: InProcess) -> None:
    made = declare(shared, "The One Ring", "integer")
    body = {"name": "The One Ring", "model": "contact", "data_type": "string"}
    reply = shared.call("POST", "/data_attributes", body)
    assert reply.error == (400, "parameter_invalid", "name")
    assert reply.json["errors"][0]["message"] == (
        "You already have 'The One Ring' in your people data. "
        "To save this as new people data, use a different name."
    )
    for unknown in ("0", "9", "-1", "x", "1%2F2", "9" * 30):
        reply = shared.call("PUT", f"/data_attributes/{unknown}", {"archived": True})
        assert reply.error == (404, "field_not_found", None)
        message = "We couldn't find that data attribute to update"
        assert reply.json["errors"][0]["message"] == message
    options = {"options": [{"value": "a"}, {"value": "b"}]}
    reply = shared.call("PUT", f"/data_attributes/{made['id']}", options)
    assert reply.error == (422, "data_invalid", "options")


def test_only_one_of_many_declarations_at_once_wins(shared: InProcess) -> None:
    body = {"name": "one", "model": "contact", "data_type": "string"}
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(shared.call("POST", "/data_attributes", body).status)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 7


def test_scopes(shared: InProcess) -> None:
    reader = shared.make_token("contacts:read")
    assert shared.call("GET", "/data_attributes", token=reader).status == 200
    for method, path in (("POST", "/data_attributes"), ("PUT", "/data_attributes/1")):
        assert shared.call(method, path, {}, token=reader).error[:2] == (403, "forbidden")


def test_declared_types_bind_contacts(shared: InProcess) -> None:
    declare(shared, "age", "integer")
    declare(shared, "born", "date")
    body = {"role": "user", "custom_attributes": {"age": "5", "born": -86_400.5, "other": []}}
    reply = shared.call("POST", "/contacts", body)
    assert reply.error == (400, "parameter_invalid", "custom_attributes.other")
    body["custom_attributes"]["other"] = "5"
    contact = shared.call("POST", "/contacts", body).json
    assert contact["custom_attributes"] == {"age": 5, "born": -86_400, "other": "5"}
    path = f"/contacts/{contact['id']}"
    reply = shared.call("PUT", path, {"name": "x", "custom_attributes": {"age": "five"}})
    assert reply.error == (400, "parameter_invalid", "custom_attributes.age")
    message = "age is declared as an integer: send a whole number within 64 bits"
    assert reply.json["errors"][0]["message"] == message
    assert shared.call("GET", path).json == contact, "nothing of it was stored"


def test_an_archived_attribute_is_out_of_sight(shared: InProcess) -> None:
    made = declare(shared, "plan")
    body = {"external_id": "25", "custom_attributes": {"plan": "pro", "seats": 3}}
    contact = shared.call("POST", "/contacts", body).json
    path = f"/contacts/{contact['id']}"
    shared.call("PUT", f"/data_attributes/{made['id']}", {"archived": True})
    assert shared.call("GET", path).json["custom_attributes"] == {"seats": 3}
    assert shared.call("GET", "/contacts").json["data"][0]["custom_attributes"] == {"seats": 3}
    reply = shared.call("PUT", path, {"custom_attributes": {"plan": "team"}})
    assert reply.error == (400, "parameter_invalid", "custom_attributes.plan")
    query = {"field": "custom_attributes.plan", "operator": "=", "value": "pro"}
    reply = shared.call("POST", "/contacts/search", {"query": query})
    assert reply.error == (400, "parameter_invalid", "query.field")
    shared.call("PUT", f"/data_attributes/{made['id']}", {"archived": False})
    assert shared.call("GET", path).json == contact
    assert shared.call("POST", "/contacts/search", {"query": query}).json["total_count"] == 1


def test_a_declared_date_is_searched_by_its_day(shared: InProcess) -> None:
    day = NOW // 86_400 * 86_400
    for external_id, at in (("a", day - 1), ("b", day), ("c", day + 86_399), ("d", day + 86_400)):
        body = {"external_id": external_id, "custom_attributes": {"due": at}}
        assert shared.call("POST", "/contacts", body).status == 200
    query = {"field": "custom_attributes.due", "operator": "=", "value": day + 5}
    assert shared.call("POST", "/contacts/search", {"query": query}).json["total_count"] == 0
    declare(shared, "due", "date")
    for operator, wanted in (("=", {"b", "c"}), (">", {"d"}), ("<", {"a"})):
        query["operator"] = operator
        data = shared.call("POST", "/contacts/search", {"query": query}).json["data"]
        assert {contact["external_id"] for contact in data} == wanted
    query["operator"] = "!="
    reply = shared.call("POST", "/contacts/search", {"query": query})
    assert reply.error == (400, "parameter_invalid", "query.operator")
