"""The documented surfaces of other SDKs, by their names, over our client.

Code that was written against one of them moves by changing its import (docs/moving.md). Names
are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pastense.compat.aio_raw import (
        AsyncRawDataEventsClient,
        ClientOptions,
        IntercomHttpResponse,
        LisDataEventsRequest,
        RequestOptions,
    )
    from pastense.compat.answers import (
        ApiResponse,
        ApiResponseWithoutDeserialization,
        HTTPResponse,
    )
    from pastense.compat.errors import (
        ApiException,
        ApiTypeError,
        ApiValueError,
        IntercomApiError,
        IntercomError,
        OpenApiException,
        UnauthorizedError,
    )
    from pastense.compat.generated import DataEventsApi, Intercom
    from pastense.compat.models import (
        CreateDataEventRequest,
        CreateDataEventSummariesRequest,
        DataEvent,
        DataEventList,
        DataEventSummary,
        DataEventSummaryItem,
        Error,
        IntercomVersion,
    )
    from pastense.compat.one_call import createdataevent
    from pastense.compat.values import Unset, unset

__all__ = [
    "ApiException",
    "ApiResponse",
    "ApiResponseWithoutDeserialization",
    "ApiTypeError",
    "ApiValueError",
    "AsyncRawDataEventsClient",
    "ClientOptions",
    "CreateDataEventRequest",
    "CreateDataEventSummariesRequest",
    "DataEvent",
    "DataEventList",
    "DataEventSummary",
    "DataEventSummaryItem",
    "DataEventsApi",
    "Error",
    "HTTPResponse",
    "Intercom",
    "IntercomApiError",
    "IntercomError",
    "IntercomHttpResponse",
    "IntercomVersion",
    "LisDataEventsRequest",
    "OpenApiException",
    "RequestOptions",
    "UnauthorizedError",
    "Unset",
    "createdataevent",
    "unset",
]

_HOMES = {
    "aio_raw": (
        "AsyncRawDataEventsClient",
        "ClientOptions",
        "IntercomHttpResponse",
        "LisDataEventsRequest",
        "RequestOptions",
    ),
    "answers": ("ApiResponse", "ApiResponseWithoutDeserialization", "HTTPResponse"),
    "errors": (
        "ApiException",
        "ApiTypeError",
        "ApiValueError",
        "IntercomApiError",
        "IntercomError",
        "OpenApiException",
        "UnauthorizedError",
    ),
    "generated": ("DataEventsApi", "Intercom"),
    "models": (
        "CreateDataEventRequest",
        "CreateDataEventSummariesRequest",
        "DataEvent",
        "DataEventList",
        "DataEventSummary",
        "DataEventSummaryItem",
        "Error",
        "IntercomVersion",
    ),
    "one_call": ("createdataevent",),
    "values": ("Unset", "unset"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"pastense.compat has no {name!r}")
    value: object = getattr(import_module(f"pastense.compat.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
