"""The surface of the generated Python SDK (`intercom_python_api`): `Intercom` and its
`DataEventsApi`.

A call is one request. It is not sent again, whatever comes of it, as code written against that
SDK expects; `pastense.Client` repeats. A refusal is an `ApiException`; a call without an answer
raises `pastense.errors.NoAnswer`, and the next one opens a new connection.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import msgspec

from pastense.client.answers import error_of
from pastense.client.core import Call, build_request, send_with_retries
from pastense.client.http import HttpTransport
from pastense.client.messages import Request, Response
from pastense.client.options import (
    INTERCOM_URL,
    CallOptions,
    ClientOptions,
    TimeoutLike,
    read_call_options,
    read_client_options,
)
from pastense.client.sync import drive
from pastense.client.transport import Transport
from pastense.compat import query
from pastense.compat.answers import (
    ApiResponse,
    ApiResponseWithoutDeserialization,
    HTTPResponse,
    listed,
)
from pastense.compat.checks import json_object, text
from pastense.compat.errors import ApiException, ApiTypeError, ApiValueError
from pastense.compat.models import DataEventList, DataEventSummary, IntercomVersion
from pastense.compat.values import Unset, unset

JSON: Final = "application/json"
_ACCEPT: Final = (JSON,)
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
_VERSION: Final = "Intercom-Version"
Params = Mapping[str, Any]
Body = Mapping[str, Any] | Unset


class Intercom:
    """A client for `host` with an access token. Keeps its connections; `close` and `with` end
    them, and so does forgetting it."""

    def __init__(self, api_key: str, host: str = INTERCOM_URL) -> None:
        options = read_client_options(host, api_key, max_retries=0)
        self._transport: Transport = HttpTransport(options.base_url)
        self.DataEventsApi = DataEventsApi(options, self._transport)

    def close(self) -> None:
        """Close the idle connections. A further call opens a new one."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class DataEventsApi:
    """The three calls of the Data Events API. Parameters that all share:

    - `header_params`: a dict that may have `Intercom-Version`; without it none is sent
    - `accept_content_types`: what the header Accept says
    - `stream`: the body is a binary file object instead of a model (the content is read whole)
    - `timeout`: seconds for connecting and for each silence, or a pair (connect, read) of them
    - `skip_deserialization`: an `ApiResponseWithoutDeserialization`, body and headers `unset`

    Raises `ApiException` for an answer that is not 2xx, `pastense.errors.NoAnswer` where there is
    none, and `ApiTypeError` (a `TypeError`) or `ApiValueError` (a `ValueError`) for parameters
    that cannot be, before a request is made.
    """

    def __init__(self, options: ClientOptions, transport: Transport) -> None:
        self._options = options
        self._transport = transport

    def create_data_event(
        self,
        body: Body = unset,
        header_params: Params = _NONE,
        content_type: str = JSON,
        accept_content_types: tuple[str, ...] = _ACCEPT,
        stream: bool = False,
        timeout: TimeoutLike | None = None,
        skip_deserialization: bool = False,
    ) -> ApiResponse:
        """Submit an event: a dict, which is sent as it is, or a `CreateDataEventRequest`. Without
        a body the server refuses. 202: body and headers are `unset`."""
        request = self._post(
            "/events", body, header_params, content_type, accept_content_types, timeout
        )
        return self._perform(request, stream, skip_deserialization)

    def data_event_summaries(
        self,
        body: Body = unset,
        header_params: Params = _NONE,
        content_type: str = JSON,
        accept_content_types: tuple[str, ...] = _ACCEPT,
        stream: bool = False,
        timeout: TimeoutLike | None = None,
        skip_deserialization: bool = False,
    ) -> ApiResponse:
        """Import history: a dict, which is sent as it is, or a
        `CreateDataEventSummariesRequest`. 200: body and headers are `unset`."""
        request = self._post(
            "/events/summaries", body, header_params, content_type, accept_content_types, timeout
        )
        return self._perform(request, stream, skip_deserialization)

    def lis_data_events(
        self,
        query_params: Params,
        header_params: Params = _NONE,
        accept_content_types: tuple[str, ...] = _ACCEPT,
        stream: bool = False,
        timeout: TimeoutLike | None = None,
        skip_deserialization: bool = False,
    ) -> ApiResponse:
        """The events of a person, newest first, as a `DataEventList`; with `summary` what they
        did, counted, as a `DataEventSummary`. `query_params` has `filter`, a dict with exactly
        one of `user_id`, `intercom_user_id` and `email`, `type`, which is "user", and maybe
        `summary`, `per_page`, `before` and `since`. (The name is the documented one.)"""
        asked = _params("query_params", query_params)
        options = _call_options(header_params, accept_content_types, timeout)
        path = query.target(asked)
        request = build_request(self._options, Call("GET", path, _unread, options=options))
        return self._perform(request, stream, skip_deserialization, bool(asked.get("summary")))

    def _post(
        self,
        path: str,
        body: Body,
        header_params: Params,
        content_type: str,
        accept_content_types: tuple[str, ...],
        timeout: TimeoutLike | None,
    ) -> Request:
        options = _call_options(header_params, accept_content_types, timeout)
        content_type = _content_type(content_type)
        if isinstance(body, Unset):
            return build_request(self._options, Call("POST", path, _unread, options=options))
        headers = (*options.headers, ("Content-Type", content_type))
        options = msgspec.structs.replace(options, headers=headers)
        sent = json_object("body", body)
        return build_request(self._options, Call("POST", path, _unread, body=sent, options=options))

    def _perform(
        self, request: Request, stream: bool, skip: bool, summary: bool | None = None
    ) -> ApiResponse:
        """`summary` is None for a call that defines no body."""
        answer = drive(send_with_retries(request, 0), self._transport)
        response = HTTPResponse(answer)
        if not 200 <= answer.status < 300:
            unread = ApiResponseWithoutDeserialization(response)
            raise ApiException(answer.status, answer.reason, unread) from error_of(answer)
        if skip:
            return ApiResponseWithoutDeserialization(response)
        if summary is None:
            return ApiResponse(response)
        body = io.BytesIO(answer.body) if stream else _listed(answer.body, summary)
        return ApiResponse(response, body)


def _unread(response: Response) -> Response:
    return response


def _listed(content: bytes, summary: bool) -> DataEventSummary | DataEventList:
    try:
        return listed(content, summary)
    except ValueError as error:
        raise ApiValueError(f"the answer could not be read: {error}") from error


def _call_options(
    header_params: Params, accept: tuple[str, ...], timeout: TimeoutLike | None
) -> CallOptions:
    return read_call_options(
        version=_version(_params("header_params", header_params)),
        timeout=timeout,
        headers={"Accept": _accept(accept)},
    )


def _params(name: str, value: object) -> Params:
    if not isinstance(value, Mapping):
        raise ApiTypeError(f"{name} must be a dict, not {type(value).__name__}")
    return value


def _version(params: Params) -> str | None:
    for name in params:
        if str(name).lower() != _VERSION.lower():
            raise ApiTypeError(f"header_params has {name!r}; it may have {_VERSION} only")
    return next((IntercomVersion(value) for value in params.values()), None)


def _accept(content_types: object) -> str:
    if not isinstance(content_types, tuple | list):
        raise ApiTypeError("accept_content_types must be a tuple, as ('application/json',)")
    return ", ".join(text("accept_content_types", each) for each in content_types) or "*/*"


def _content_type(value: object) -> str:
    if text("content_type", value).partition(";")[0].strip().lower() != JSON:
        raise ApiValueError(f"content_type must be {JSON}, which the body is; it is {value!r}")
    return str(value)
