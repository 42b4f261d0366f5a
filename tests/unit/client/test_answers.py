"""From an answer that is no success to the error that the caller gets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.answers import error_of, raise_for_status
from pastense.client.messages import Headers, Response
from pastense.errors import ApiError, ManyRefused, NotFound, ParameterInvalid, ServerError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "code", "message", "field", "request_id"]), inner
        )
    ),
    max_leaves=12,
)


def answer(status: int, body: object, **headers: str) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, Headers({n.replace("_", "-"): v for n, v in headers.items()}), data)


@given(st.integers(300, 599), st.binary(max_size=50) | JSON)
def test_whatever_the_answer_is_there_is_an_error_of_its_status(status, body):
    error = error_of(answer(status, body))
    assert isinstance(error, ApiError)
    assert error.status == status
    assert error.refusals
    assert isinstance(error.code, str)
    assert isinstance(error.message, str)
    assert str(error)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_success_is_none(status):
    raise_for_status(answer(status, b""))


@pytest.mark.parametrize("status", [199, 300, 400])
def test_all_else_is_raised(status):
    with pytest.raises(ApiError):
        raise_for_status(answer(status, b""))


def test_the_request_id_is_that_of_the_body_else_of_the_headers():
    assert error_of(answer(500, {"request_id": "b"}, x_request_id="h")).request_id == "b"
    assert error_of(answer(500, {"request_id": None}, x_request_id="h")).request_id == "h"
    assert error_of(answer(500, b"")).request_id is None


def test_a_code_counts_only_under_its_own_status():
    assert isinstance(error_of(answer(404, {"errors": [{"code": "not_found"}]})), NotFound)
    odd = error_of(answer(500, {"errors": [{"code": "not_found"}]}))
    assert (type(odd), odd.status, odd.code) == (ServerError, 500, "not_found")


def test_a_list_in_which_one_item_is_refused_is_many_refused():
    item = {"code": "not_found", "message": "User Not Found", "field": "data[4]"}
    error = error_of(answer(422, {"errors": [item]}))
    assert isinstance(error, ManyRefused)
    assert error.indices == [4]


def test_what_a_refusal_leaves_out_is_filled_in():
    error = error_of(answer(400, {"errors": [{"field": 7}, "no object", None]}))
    assert (error.code, error.field) == ("unknown", "7")
    assert error.message == "The server gave no message"


def test_a_field_is_kept():
    item = {"code": "parameter_invalid", "message": "Bad", "field": "metadata.price"}
    error = error_of(answer(400, {"errors": [item]}))
    assert (type(error), error.field, str(error)) == (ParameterInvalid, "metadata.price", "Bad")


def test_a_redirect_without_an_address_is_said_too():
    assert "leads to elsewhere" in str(error_of(answer(302, b"")))
