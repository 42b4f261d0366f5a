"""The error body (docs/wire.md "What breaks SDKs" and "Errors")."""

from __future__ import annotations

import json

from pastense.model import Refused
from pastense.web.errors import error_body


def test_the_body_is_an_error_list_with_every_key():
    body = error_body([Refused("not_found", "User Not Found", "user_id")], "r-1")
    assert json.loads(body) == {
        "type": "error.list",
        "request_id": "r-1",
        "errors": [{"code": "not_found", "message": "User Not Found", "field": "user_id"}],
    }


def test_an_error_without_a_field_has_a_null_and_never_a_type():
    (item,) = json.loads(error_body([Refused("unauthorized", "Access Token Invalid")], "r"))[
        "errors"
    ]
    assert item == {"code": "unauthorized", "message": "Access Token Invalid", "field": None}


def test_several_errors_keep_their_order_and_their_letters():
    refusals = [Refused("conflict", "é\u2028\x01", f"data[{n}].email") for n in range(3)]
    items = json.loads(error_body(refusals, "r"))["errors"]
    assert [item["field"] for item in items] == ["data[0].email", "data[1].email", "data[2].email"]
    assert items[0]["message"] == "é\u2028\x01"
