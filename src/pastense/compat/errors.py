"""What the documented SDKs raise, by their names.

    OpenApiException                       IntercomError: the network
    ├── ApiException: not 2xx              └── IntercomApiError: not 2xx
    ├── ApiTypeError, a TypeError              └── UnauthorizedError: 401
    └── ApiValueError, a ValueError

The generated SDK has no name for a call that got no answer: there our own
`pastense.errors.NoAnswer` is raised, as it is. Whatever stands for an answer carries the error of
`pastense.errors` as its `__cause__`, with code, field and request id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pastense.client.messages import Headers
from pastense.compat.values import Json

if TYPE_CHECKING:
    from pastense.compat.answers import ApiResponse

_BODY_SHOWN_CHARACTERS = 500


class OpenApiException(Exception):
    """Whatever the generated SDK raises itself."""


class ApiTypeError(OpenApiException, TypeError):
    """A parameter or a field is of the wrong type, or one is missing or unknown. No request was
    made."""


class ApiValueError(OpenApiException, ValueError):
    """A parameter or a field has a value that cannot be, or an answer could not be read."""


class ApiException(OpenApiException):
    """An answer that is not 2xx. `body` is an `Error` where it is one, else what its JSON says,
    else its text, None where it is empty; `headers` compare without regard to case."""

    def __init__(
        self, status: int, reason: str = "", api_response: ApiResponse | None = None
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.api_response = api_response

    @property
    def body(self) -> Json:
        """What the server said: `Error`, other JSON, text or None."""
        return None if self.api_response is None else self.api_response.response.error_body()

    @property
    def headers(self) -> Headers | None:
        """The headers of the answer."""
        return None if self.api_response is None else self.api_response.response.headers

    def __str__(self) -> str:
        said = "" if self.body is None else f": {str(self.body)[:_BODY_SHOWN_CHARACTERS]}"
        return f"HTTP {self.status} {self.reason}{said}"


class IntercomError(Exception):
    """A call of the raw client that failed: it got no answer, or none that could be read."""


class IntercomApiError(IntercomError):
    """An answer that is not 2xx: its `status`, `headers` and `body`, the latter as in
    `ApiException`."""

    def __init__(self, message: str, status: int, body: Json, headers: Headers) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.headers = headers

    def __str__(self) -> str:
        said = "" if self.body is None else f": {str(self.body)[:_BODY_SHOWN_CHARACTERS]}"
        return f"{self.args[0]}{said}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.status, self.body, self.headers)


class UnauthorizedError(IntercomApiError):
    """401: the token is missing, unknown, expired or revoked."""
