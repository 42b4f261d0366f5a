"""Every error once: its code, its HTTP status and one sentence.

Codes and messages follow Intercom's error list (docs/wire.md "Errors"); where it is silent the
decisions page names them. Inside, a refusal is a value (`Refused`); at an edge it is raised. The
clients raise the same classes for what a server answers.

    PastenseError
    ├── NoAnswer: ConnectionFailed · TimedOut (clients only)
    ├── UnreadableAnswer (clients only)
    └── ApiError
    ├── BadRequest 400 bad_request            ├── NotFound 404 not_found
    ├── ParameterInvalid 400                  ├── MethodNotAllowed 405
    ├── ParameterNotFound 400                 ├── RequestTimeout 408
    ├── VersionInvalid 400                    ├── Conflict 409
    ├── InvalidSortOrder 400                  ├── AttributeNotFound 404 · DataInvalid 422
    ├── AttributeLimitReached 400             ├── PayloadTooLarge 413 · UriTooLong 414
    ├── Unauthorized 401 · Forbidden 403      ├── MediaTypeNotSupported 415
    ├── HeadersTooLarge 431                   ├── Unprocessable 422 · RateLimited 429
    └── ServerError 500 · Unavailable 503     └── ManyRefused: as the caller says
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Sequence
from typing import ClassVar, NoReturn, Self

from pastense.model import Refused


class PastenseError(Exception):
    """Whatever a client of ours raises for what lies outside of the caller's code."""

    def __reduce__(self) -> tuple[object, ...]:
        """Copied and pickled with all that it says: Celery and multiprocessing send errors from
        process to process, and what an error is made with differs from class to class."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class NoAnswer(PastenseError):
    """A request was not answered: whether the server took it is not known."""


class ConnectionFailed(NoAnswer):
    """The server could not be reached, or the connection broke before the answer was whole."""


class TimedOut(NoAnswer):
    """The server did not answer in time."""


class UnreadableAnswer(PastenseError):
    """An answer that says success and holds something else than the call gives, as the page of a
    proxy does. Whether the server did what was asked is not known."""

    def __init__(self, message: str, status: int, body: bytes) -> None:
        super().__init__(message)
        self.status, self.body = status, body


class ApiError(PastenseError):
    """An answer that is not a success: one or more refusals under one HTTP status."""

    code: str = "server_error"
    status: int = 500
    sentence: ClassVar[str] = "The server could not answer; try again"

    def __init__(self, message: str | None = None, field: str | None = None) -> None:
        super().__init__(message or self.sentence)
        self.refusals: Sequence[Refused] = [Refused(self.code, message or self.sentence, field)]
        self.headers: list[tuple[bytes, bytes]] = []
        self.event_names: Sequence[str | None] = ()
        """Beside each refusal the name of the event it is about, where it is known."""
        self.request_id: str | None = None
        """What the server calls the request, where a client raises the error."""

    @classmethod
    def from_answer(cls, status: int, refusals: Sequence[Refused]) -> Self:
        """The error as a client got it: with the status and the code of the answer."""
        error = cls.__new__(cls)
        ApiError.__init__(error, refusals[0].message)
        error.refusals, error.status, error.code = refusals, status, refusals[0].code
        return error

    @property
    def field(self) -> str | None:
        """What the first refusal is about: a parameter, as `metadata.price`."""
        return self.refusals[0].field

    @property
    def message(self) -> str:
        """The sentence of the first refusal."""
        return self.refusals[0].message

    def for_version(self, _: str) -> ApiError:
        """The error as an API version knows it."""
        return self


class BadRequest(ApiError):
    code, status = "bad_request", 400
    sentence = "The request is malformed"


class ParameterInvalid(ApiError):
    code, status = "parameter_invalid", 400
    sentence = "A parameter is invalid"


class ParameterNotFound(ApiError):
    code, status = "parameter_not_found", 400
    sentence = "missing data parameter"


class AttributeLimitReached(ApiError):
    code, status = "custom_data_limit_reached", 400
    sentence = "This workspace has as many data attributes as it may have; use one that is there"


class VersionInvalid(ApiError):
    code, status = "intercom_version_invalid", 400
    sentence = "Invalid version: send Intercom-Version 1.0 to 1.4, 2.0 to 2.17, Preview or Unstable"


class InvalidSortOrder(ApiError):
    code, status = "invalid_sort_order", 400
    sentence = "sort.order must be ascending or descending"


class Unauthorized(ApiError):
    code, status = "unauthorized", 401
    sentence = "Access Token Invalid"

    def __init__(self, message: str | None = None, field: str | None = None) -> None:
        super().__init__(message, field)
        self.headers = [(b"www-authenticate", b'Bearer realm="pastense"')]


class Forbidden(ApiError):
    code, status = "forbidden", 403
    sentence = "You do not have the required scope to access this resource"


class NotFound(ApiError):
    code, status = "not_found", 404
    sentence = "User Not Found"


class JobNotFound(ApiError):
    code, status = "job_not_found", 404
    sentence = "Job Not Found"


class AttributeNotFound(ApiError):
    code, status = "field_not_found", 404
    sentence = "We couldn't find that data attribute to update"


class MethodNotAllowed(ApiError):
    code, status = "method_not_allowed", 405
    sentence = "This path does not know that method; the Allow header lists those it knows"


class RequestTimeout(ApiError):
    code, status = "request_timeout", 408
    sentence = "The request did not arrive in time; send it again"


class Conflict(ApiError):
    code, status = "conflict", 409
    sentence = "A contact matching those details already exists"


class ContactMerged(ApiError):
    """The contact is a part of another now; the Link header names it (from 2.16 on)."""

    code, status = "contact_merged", 410
    sentence = "The contact was merged into another; the Link header names it"

    def __init__(self, contact_id: str = "") -> None:
        super().__init__(f"The contact was merged into {contact_id}" if contact_id else None)
        link = f'</contacts/{contact_id}>; rel="canonical"'
        self.headers = [(b"link", link.encode())] if contact_id else []

    def for_version(self, version: str) -> ApiError:
        """Versions before 2.16 know no more than that it is not there."""
        major, _, minor = version.partition(".")
        known = not major.isdigit() or (int(major), int(minor)) >= (2, 16)
        return self if known else NotFound()


class PayloadTooLarge(ApiError):
    code, status = "payload_too_large", 413
    sentence = "The body is too large"


class UriTooLong(ApiError):
    code, status = "uri_too_long", 414
    sentence = "The request target is too long"


class MediaTypeNotSupported(ApiError):
    code, status = "media_type_not_supported", 415
    sentence = "Send the body as application/json, uncompressed"


class Unprocessable(ApiError):
    """Intercom's limit of active names: its code is the status as text (docs/wire.md "Errors")."""

    code, status = "422", 422
    sentence = "Cannot have more than 120 active event names"


class DataInvalid(ApiError):
    code, status = "data_invalid", 422
    sentence = "The change does not fit what is there"


class RateLimited(ApiError):
    code, status = "rate_limit_exceeded", 429
    sentence = "Exceeded rate limit"

    def __init__(
        self, message: str | None = None, field: str | None = None, retry_after_s: int = 1
    ) -> None:
        super().__init__(message, field)
        self.headers = [(b"retry-after", str(retry_after_s).encode())]


class HeadersTooLarge(ApiError):
    code, status = "request_header_fields_too_large", 431
    sentence = "The request's headers are too large"


class ServerError(ApiError):
    """Something broke that no rule foresaw; the log has it under the request's id."""


class Unavailable(ApiError):
    code, status = "service_unavailable", 503
    sentence = "The service cannot store or read just now; nothing was recorded, try again"

    def __init__(
        self, message: str | None = None, field: str | None = None, retry_after_s: int = 1
    ) -> None:
        super().__init__(message, field)
        self.headers = [(b"retry-after", str(retry_after_s).encode())]


class ManyRefused(ApiError):
    """Several refusals in one answer: a list with bad items, or summaries with several faults."""

    def __init__(self, refusals: Sequence[Refused], status: int) -> None:
        super().__init__(f"{len(refusals)} refused")
        self.refusals, self.status = refusals, status

    def __str__(self) -> str:
        first = self.refusals[0]
        where = f"{first.field}: " if first.field else ""
        return f"{len(self.refusals)} refused; the first: {where}{first.message}"

    @property
    def indices(self) -> list[int | None]:
        """Beside each refusal the place of its item in the list that was sent, from 0 on; None
        where the refusal names none."""
        found = [re.match(r"\w+\[(\d+)\]", refused.field or "") for refused in self.refusals]
        return [None if place is None else int(place[1]) for place in found]


def _status_by_code() -> dict[str, int]:
    return {error.code: error.status for error in ApiError.__subclasses__() if error.code}


STATUS_BY_CODE: dict[str, int] = _status_by_code()


def ambiguous_email(email: str) -> str:
    """Intercom's words for an email that several users have (docs/wire.md "Errors")."""
    return (
        f"Multiple existing users match this email address {email} - "
        "must be more specific using user_id"
    )


def too_many_names(names_max: int) -> str:
    """Intercom's words for one active name too many (docs/wire.md "Errors")."""
    return f"Cannot have more than {names_max} active event names"


def raise_refused(refused: Refused) -> NoReturn:
    """Turn one refusal value into the answer of a whole request."""
    raise ManyRefused([refused], STATUS_BY_CODE[refused.code])
