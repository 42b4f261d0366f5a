"""How the documented exceptions stand to each other and to Python's own."""

from __future__ import annotations

import pytest

from pastense.client.messages import Headers
from pastense.compat.errors import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    IntercomApiError,
    IntercomError,
    OpenApiException,
    UnauthorizedError,
)
from pastense.errors import PastenseError


@pytest.mark.parametrize(
    ("kind", "bases"),
    [
        (ApiException, [OpenApiException]),
        (ApiTypeError, [OpenApiException, TypeError]),
        (ApiValueError, [OpenApiException, ValueError]),
        (IntercomApiError, [IntercomError]),
        (UnauthorizedError, [IntercomApiError, IntercomError]),
    ],
)
def test_what_is_caught_by_what(kind, bases):
    assert all(issubclass(kind, base) for base in bases)
    assert not issubclass(kind, PastenseError)
    assert not issubclass(ApiException, ValueError)
    assert not issubclass(OpenApiException, IntercomError)


def test_long_bodies_are_cut_in_the_message_only():
    error = IntercomApiError("HTTP 502", 502, "x" * 9_000, Headers())
    assert len(str(error)) < 600
    assert len(error.body) == 9_000
    assert str(IntercomApiError("HTTP 502", 502, None, Headers())) == "HTTP 502"
