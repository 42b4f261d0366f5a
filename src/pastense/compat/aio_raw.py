"""The asynchronous raw client that is known from the Java SDK.

Repeats calls as that SDK does: without an answer, on 408, 429 and 5xx, `max_retries` times.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec

from pastense.client import options as client_options
from pastense.client.aio import drive
from pastense.client.aio_http import AioTransport
from pastense.client.answers import error_of
from pastense.client.core import Call, build_request, send_with_retries
from pastense.client.messages import Headers, Response
from pastense.compat import query
from pastense.compat.answers import error_body, listed
from pastense.compat.checks import json_object, plain
from pastense.compat.errors import IntercomApiError, IntercomError, UnauthorizedError
from pastense.compat.models import (
    CreateDataEventSummariesRequest,
    DataEventList,
    DataEventSummary,
)
from pastense.compat.values import Json
from pastense.errors import NoAnswer

T = TypeVar("T")


class ClientOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the client sends to and how. `version` None sends no Intercom-Version; `timeout_s`
    is for connecting and for each silence; `max_retries` counts attempts after the first."""

    base_url: str
    token: str
    version: str | None = "2.14"
    max_retries: int = 2
    timeout_s: float = 60

    def __post_init__(self) -> None:
        self.read()

    def read(self) -> client_options.ClientOptions:
        """The same for our client, checked. Raises `ValueError` and `TypeError`."""
        return client_options.read_client_options(
            self.base_url,
            self.token,
            version=self.version,
            max_retries=self.max_retries,
            timeout=self.timeout_s,
        )

    def __repr__(self) -> str:
        return f"ClientOptions(base_url={self.base_url!r}, version={self.version!r}, ...)"


class RequestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What one call changes; None leaves the client's own."""

    token: str | None = None
    timeout_s: float | None = None
    version: str | None = None
    headers: Mapping[str, str] | None = None
    max_retries: int | None = None

    def __post_init__(self) -> None:
        self.read()

    def read(self) -> client_options.CallOptions:
        """The same for our client, checked. Raises `ValueError` and `TypeError`."""
        return client_options.read_call_options(
            token=self.token,
            timeout=self.timeout_s,
            version=self.version,
            headers=self.headers,
            max_retries=self.max_retries,
        )

    def __repr__(self) -> str:
        return f"RequestOptions(version={self.version!r}, timeout_s={self.timeout_s!r}, ...)"


class LisDataEventsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose events are asked for, in `filter` exactly one of `user_id`, `intercom_user_id` and
    `email`, and whether as a summary. Raises `ValueError` and `TypeError` when it is built."""

    filter: Mapping[str, str]
    type: str = "user"
    summary: bool | None = None

    def __post_init__(self) -> None:
        self.target()

    def target(self) -> str:
        """The path with its query."""
        asked = {"filter": self.filter, "type": self.type, "summary": self.summary}
        return query.target(asked)


class IntercomHttpResponse(msgspec.Struct, Generic[T], frozen=True):
    """A success: its status, its headers, whose names compare without regard to case, and its
    body, None where the call has none."""

    status: int
    headers: Headers
    body: T


class AsyncRawDataEventsClient:
    """The three calls of the Data Events API, for any number of tasks.

    Each raises `UnauthorizedError` on 401, `IntercomApiError` on any other answer that is not
    2xx, and `IntercomError` where there is no answer, or none that can be read. `close` and
    `async with` close the connections.
    """

    def __init__(self, client_options: ClientOptions) -> None:
        self._options = client_options.read()
        self._transport = AioTransport(self._options.base_url)

    async def create_data_event(
        self, request: Json, request_options: RequestOptions | None = None
    ) -> IntercomHttpResponse[None]:
        """Submit an event: anything that JSON can hold, or a `CreateDataEventRequest`."""
        return await self._post("/events", plain("request", request), request_options)

    async def data_event_summaries(
        self,
        request: CreateDataEventSummariesRequest | Mapping[str, Any] | None = None,
        request_options: RequestOptions | None = None,
    ) -> IntercomHttpResponse[None]:
        """Import history. Without a request an empty object is sent, which servers refuse."""
        body = json_object("request", {} if request is None else request)
        return await self._post("/events/summaries", body, request_options)

    async def lis_data_events(
        self, request: LisDataEventsRequest, request_options: RequestOptions | None = None
    ) -> IntercomHttpResponse[DataEventSummary | DataEventList]:
        """The events of a person, newest first, or with `summary` what they did, counted. (The
        name is the documented one.)"""
        answer = await self._send("GET", request.target(), msgspec.UNSET, request_options)
        try:
            body = listed(answer.body, bool(request.summary))
        except ValueError as error:
            raise IntercomError(f"The answer could not be read: {error}") from error
        return IntercomHttpResponse(answer.status, answer.headers, body)

    async def close(self) -> None:
        """Close the idle connections. A further call opens a new one."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _post(
        self, path: str, body: Json, request_options: RequestOptions | None
    ) -> IntercomHttpResponse[None]:
        answer = await self._send("POST", path, body, request_options)
        return IntercomHttpResponse(answer.status, answer.headers, None)

    async def _send(
        self, method: str, path: str, body: Json, request_options: RequestOptions | None
    ) -> Response:
        """The answer, where it is 2xx."""
        options = (request_options or RequestOptions()).read()
        call = Call(method, path, _unread, body=body, options=options)
        retries = options.max_retries
        steps = send_with_retries(
            build_request(self._options, call),
            self._options.max_retries if retries is None else retries,
        )
        try:
            answer = await drive(steps, self._transport)
        except NoAnswer as error:
            raise IntercomError(f"Network error: {error}") from error
        if not 200 <= answer.status < 300:
            raise _refusal(answer) from error_of(answer)
        return answer


def _unread(response: Response) -> Response:
    return response


def _refusal(answer: Response) -> IntercomApiError:
    kind = UnauthorizedError if answer.status == 401 else IntercomApiError
    body = error_body(answer.body)
    return kind(f"HTTP {answer.status} {answer.reason}", answer.status, body, answer.headers)
