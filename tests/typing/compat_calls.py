"""Every public call of `pastense.compat`, as the type checkers see it (they read it; nobody runs
it)."""

from __future__ import annotations

from collections.abc import Sequence

from pastense.client.messages import Headers
from pastense.compat import (
    ApiException,
    ApiResponse,
    ApiResponseWithoutDeserialization,
    ApiTypeError,
    ApiValueError,
    AsyncRawDataEventsClient,
    ClientOptions,
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    DataEvent,
    DataEventList,
    DataEventsApi,
    DataEventSummary,
    DataEventSummaryItem,
    Error,
    HTTPResponse,
    Intercom,
    IntercomApiError,
    IntercomError,
    IntercomHttpResponse,
    IntercomVersion,
    LisDataEventsRequest,
    OpenApiException,
    RequestOptions,
    UnauthorizedError,
    Unset,
    createdataevent,
    unset,
)

EVENT = CreateDataEventRequest(
    event_name="invited-friend",
    created_at=1671028894,
    user_id="314159",
    id="6762f0d51bb69f9f2193bb7f",
    email="pi@example.org",
    metadata={"price": {"amount": 34999, "currency": "eur"}, "invitee": "e@example.org"},
)
HISTORY = CreateDataEventSummariesRequest(
    user_id="314159",
    event_summaries={"event_name": "a", "count": 1, "first": 1671028894, "last": 1671028894},
)


def generated() -> tuple[str, int, str]:
    """The generated surface."""
    with Intercom(api_key="token", host="https://api.intercom.io") as intercom:
        api: DataEventsApi = intercom.DataEventsApi
        header_params = {"Intercom-Version": IntercomVersion("Unstable")}
        created: ApiResponse = api.create_data_event(
            body=EVENT,
            header_params=header_params,
            content_type="application/json",
            accept_content_types=("application/json",),
            stream=False,
            timeout=(3.5, 10),
            skip_deserialization=False,
        )
        api.create_data_event(body={"event_name": "a", "created_at": 1, "user_id": "1"})
        api.create_data_event(body=unset)
        api.data_event_summaries(body=HISTORY, header_params=header_params, timeout=10)
        counted = api.lis_data_events(
            query_params={"filter": {"user_id": "314159"}, "type": "user", "summary": True},
            header_params=header_params,
            accept_content_types=("application/json",),
            stream=False,
            timeout=None,
            skip_deserialization=False,
        )
        summary: DataEventSummary = counted.body
        item: DataEventSummaryItem = summary.events[0]
        page: DataEventList = api.lis_data_events({"filter": {"user_id": "1"}, "type": "user"}).body
        events: Sequence[DataEvent] = page.events
        response: HTTPResponse = created.response
        assert created.body is unset
        assert isinstance(created.headers, Unset)
        raw = api.lis_data_events({}, skip_deserialization=True)
        assert isinstance(raw, ApiResponseWithoutDeserialization)
        content: bytes = raw.response.read(10) + response.data
        intercom.close()
        return item.name, events[0].created_at, content.decode()


def refusals() -> str | None:
    """What the generated surface raises."""
    try:
        Intercom("token").DataEventsApi.create_data_event()
    except ApiException as refused:
        error: Error = refused.body
        headers: Headers | None = refused.headers
        status: int = refused.status
        return f"{status} {refused.reason} {headers} {error.errors[0].code} {error.request_id}"
    except (ApiTypeError, ApiValueError) as wrong:
        return str(wrong)
    except OpenApiException:
        return None
    return None


async def raw_client() -> str:
    """The asynchronous raw client."""
    options = ClientOptions(
        base_url="https://api.intercom.io",
        token="token",
        version="2.14",
        max_retries=2,
        timeout_s=60,
    )
    per_call = RequestOptions(
        token="other", timeout_s=5.5, version="2.7", headers={"X-Trace": "1"}, max_retries=0
    )
    async with AsyncRawDataEventsClient(options) as client:
        created: IntercomHttpResponse[None] = await client.create_data_event(EVENT, per_call)
        await client.create_data_event({"event_name": "a"}, request_options=per_call)
        await client.data_event_summaries()
        imported = await client.data_event_summaries(HISTORY, request_options=per_call)
        status: int = imported.status
        request = LisDataEventsRequest(filter={"user_id": "314159"}, type="user", summary=True)
        listed = await client.lis_data_events(request, per_call)
        await client.close()
        if isinstance(listed.body, DataEventSummary):
            return listed.body.events[0].name
        return f"{listed.body.events[0].event_name} {status} {created.headers.get('x-a')}"


async def raw_refusals(client: AsyncRawDataEventsClient) -> str:
    """What the raw client raises."""
    try:
        await client.data_event_summaries()
    except UnauthorizedError as error:
        return str(error.status)
    except IntercomApiError as error:
        return f"{error.status} {error.body} {error.headers['x-request-id']}"
    except IntercomError as error:
        return str(error.__cause__)
    return ""


def one_call() -> None:
    """The one-call form."""
    createdataevent(
        {"Intercom-Version": "2.14", "event_name": "a", "created_at": 1, "user_id": "314159"}
    )
