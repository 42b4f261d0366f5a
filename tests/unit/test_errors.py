"""Every error once: its code, its status, its sentence, its headers."""

from __future__ import annotations

import pytest

from pastense import errors
from pastense.errors import STATUS_BY_CODE, ApiError, ManyRefused, raise_refused
from pastense.model import Refused

STATUSES = {
    "bad_request": 400,
    "parameter_invalid": 400,
    "parameter_not_found": 400,
    "custom_data_limit_reached": 400,
    "intercom_version_invalid": 400,
    "invalid_sort_order": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "field_not_found": 404,
    "job_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "contact_merged": 410,
    "payload_too_large": 413,
    "uri_too_long": 414,
    "media_type_not_supported": 415,
    "422": 422,
    "data_invalid": 422,
    "rate_limit_exceeded": 429,
    "request_header_fields_too_large": 431,
    "server_error": 500,
    "service_unavailable": 503,
}
"""Source: docs/wire.md "Errors" and decisions.md."""
SENTENCES = {
    errors.ParameterNotFound: "missing data parameter",
    errors.Unauthorized: "Access Token Invalid",
    errors.NotFound: "User Not Found",
    errors.AttributeNotFound: "We couldn't find that data attribute to update",
    errors.Unprocessable: "Cannot have more than 120 active event names",
}
"""Intercom's own words, which its users match on (docs/wire.md "Errors")."""
CLASSES = [error for error in ApiError.__subclasses__() if error is not ManyRefused]


def test_each_code_has_the_status_of_the_reference():
    assert STATUS_BY_CODE == STATUSES


def test_each_code_belongs_to_one_class():
    assert sorted(error.code for error in CLASSES) == sorted(STATUSES)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_each_class_says_what_it_means(error):
    assert error.__doc__ or "sentence" in vars(error)
    raised = error()
    assert raised.refusals == [Refused(error.code, error.sentence, None)]
    assert raised.status == STATUSES[error.code]
    assert str(raised) == error.sentence


@pytest.mark.parametrize(("error", "sentence"), SENTENCES.items(), ids=lambda it: str(it)[-20:])
def test_some_speak_in_intercoms_words(error, sentence):
    assert error().refusals[0].message == sentence


def test_a_message_and_a_field_may_be_given():
    error = errors.ParameterInvalid("too long", "name")
    assert error.refusals == [Refused("parameter_invalid", "too long", "name")]


def test_a_401_names_the_scheme_and_a_503_when_to_come_back():
    assert errors.Unauthorized().headers == [(b"www-authenticate", b'Bearer realm="pastense"')]
    assert errors.Unavailable().headers == [(b"retry-after", b"1")]
    assert errors.Unavailable(retry_after_s=7).headers == [(b"retry-after", b"7")]
    assert errors.RateLimited(retry_after_s=7).headers == [(b"retry-after", b"7")]
    assert errors.NotFound().headers == []


def test_headers_are_not_shared_between_errors():
    errors.NotFound().headers.append((b"x", b"y"))
    assert errors.NotFound().headers == []


def test_many_refusals_have_the_callers_status():
    refusals = [Refused("not_found", "a", "data[0].id"), Refused("conflict", "b", "data[1].email")]
    error = ManyRefused(refusals, 422)
    assert (error.status, error.refusals) == (422, refusals)


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
def test_a_refusal_is_raised_with_the_status_of_its_code(code, status):
    refused = Refused(code, "words", "field")
    with pytest.raises(ApiError) as caught:
        raise_refused(refused)
    assert caught.value.status == status
    assert caught.value.refusals == [refused]
