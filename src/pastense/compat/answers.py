"""The answers of the generated surface, and how a body is read for all surfaces."""

from __future__ import annotations

import io
from collections.abc import Mapping

import msgspec

from pastense.client.messages import Headers, Response
from pastense.compat.models import DataEventList, DataEventSummary, Error
from pastense.compat.values import Json, unset


class HTTPResponse:
    """The answer as it came: `status`, `reason`, `headers`, and its content as bytes in `data`,
    or by `read` as from a file."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.reason = response.reason
        self.headers = response.headers
        self.data = response.body
        self._file = io.BytesIO(response.body)

    def read(self, amount: int | None = None) -> bytes:
        """So many bytes more of the content, or all that is left."""
        return self._file.read(amount)

    def json(self) -> Json:
        """The content as JSON, None where it is empty. Raises `ValueError`."""
        return decoded(self.data)

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One header; names compare without regard to case."""
        return self.headers.get(name, default)

    def getheaders(self) -> Headers:
        """All headers."""
        return self.headers

    def error_body(self) -> Json:
        """What a refusal says: `Error`, other JSON, text, or None."""
        return error_body(self.data)

    def __repr__(self) -> str:
        return f"<HTTPResponse {self.status} {self.reason}, {len(self.data)} bytes>"


class ApiResponse(msgspec.Struct, frozen=True):
    """An answer of the generated surface: as it came, and its body as a model. `body` is `unset`
    where the call has none; `headers` always are, since no call defines any."""

    response: HTTPResponse
    body: Json = unset
    headers: Json = unset


class ApiResponseWithoutDeserialization(ApiResponse, frozen=True):
    """An answer of which nothing was read but the HTTP: body and headers are `unset`."""


def decoded(content: bytes) -> Json:
    """JSON as Python values, None where there is nothing. Raises `ValueError`."""
    return msgspec.json.decode(content) if content.strip() else None


def listed(content: bytes, summary: bool) -> DataEventSummary | DataEventList:
    """The body of `GET /events`: of the kind that it calls itself, else of the kind that was
    asked for. Raises `ValueError` where it is no JSON object."""
    data = decoded(content)
    if not isinstance(data, Mapping):
        raise ValueError("the server's answer is no JSON object")
    kind = data.get("type")
    if kind == "event.summary" or (kind != "event.list" and summary):
        return DataEventSummary.from_answer(data)
    return DataEventList.from_answer(data)


def error_body(content: bytes) -> Json:
    """The body of a refusal: `Error` where it is one, else what its JSON says, else its text,
    None where it is empty."""
    try:
        data = decoded(content)
    except ValueError:
        return content.decode("utf-8", "replace")
    if isinstance(data, dict) and isinstance(data.get("errors"), list):
        return Error.from_answer(data)
    return data
