"""The documented snippets, with the import changed and their placeholders filled in.

As they are printed, placeholders and all, two of them do not get as far as a request: an event
without fields and a filter without an identifier are refused when they are built. The SDK that
they document does the same.
"""

from __future__ import annotations

import re

import pytest

GENERATED = """
import intercom_python_api
from intercom_python_api import Intercom
from intercom_python_api.model.create_data_event_request import CreateDataEventRequest
from intercom_python_api.model.create_data_event_summaries_request import (
    CreateDataEventSummariesRequest,
)
from intercom_python_api.model.data_event_summary import DataEventSummary
from intercom_python_api.model.error import Error
from intercom_python_api.model.intercom_version import IntercomVersion
from pprint import pprint

intercom = Intercom(api_key='<YOUR API TOKEN>')
"""
CREATE = """
header_params = {
    'Intercom-Version': IntercomVersion("Unstable"),
}
body = CreateDataEventRequest()
try:
    api_response = intercom.DataEventsApi.create_data_event(
        header_params=header_params,
        body=body,
    )
except intercom_python_api.ApiException as e:
    print("Exception when calling DataEventsApi->create_data_event: %s" % e)
"""
SUMMARIES = """
header_params = {
    'Intercom-Version': IntercomVersion("Unstable"),
}
body = CreateDataEventSummariesRequest(
    user_id="314159",
    event_summaries=dict(
        event_name="invited-friend",
        count=1,
        first=1671028894,
        last=1671028894,
    ),
)
try:
    api_response = intercom.DataEventsApi.data_event_summaries(
        header_params=header_params,
        body=body,
    )
except intercom_python_api.ApiException as e:
    print("Exception when calling DataEventsApi->data_event_summaries: %s" % e)
"""
REQUIRED_ONLY = """
query_params = {
    'filter': dict(),
    'type': "type_example",
}
header_params = {
}
try:
    api_response = intercom.DataEventsApi.lis_data_events(
        query_params=query_params,
        header_params=header_params,
    )
    pprint(api_response)
except intercom_python_api.ApiException as e:
    print("Exception when calling DataEventsApi->lis_data_events: %s" % e)
"""
OPTIONAL = REQUIRED_ONLY.replace('_example",\n', "_example\",\n    'summary': True,\n").replace(
    "header_params = {\n}",
    "header_params = {\n    'Intercom-Version': IntercomVersion(\"Unstable\"),\n}",
)
PLACEHOLDERS = {
    "CreateDataEventRequest()": (
        'CreateDataEventRequest(event_name="invited-friend", created_at=1671028894, '
        'user_id="314159", metadata={"invitee_email": "pi@example.org"})'
    ),
    "dict(),": "dict(user_id='314159'),",
    '"type_example"': '"user"',
}


def moved(snippet: str) -> str:
    """The only change: every import of that package is one of ours."""
    snippet = re.sub(r"from intercom_python_api\S* import", "from pastense.compat import", snippet)
    snippet = snippet.replace(
        "import intercom_python_api\n", "import pastense.compat as intercom_python_api\n"
    )
    assert "pastense" in snippet
    return snippet


def filled(snippet: str) -> str:
    for placeholder, value in PLACEHOLDERS.items():
        snippet = snippet.replace(placeholder, value)
    return snippet


@pytest.fixture
def run(server, base_url, capsys):
    """Runs the imports and a snippet, on this server; gives what is there at the end, and what
    was printed."""

    def inside(snippet: str, token: str | None = None):
        made = server.call("POST", "/contacts", {"role": "user", "external_id": "314159"})
        assert made.status in (200, 409)
        program = moved(GENERATED).replace(
            "'<YOUR API TOKEN>'", f"{token or server.secret!r}, host={base_url!r}"
        )
        names: dict[str, object] = {}
        exec(compile(program + snippet, "snippet", "exec"), names)
        return names, capsys.readouterr().out

    return inside


def test_an_event(run, server):
    names, printed = run(filled(CREATE))
    assert printed == ""
    assert names["api_response"].response.status == 202
    summary = server.call("GET", "/events?type=user&user_id=314159&summary=true").json
    assert summary["events"][0]["name"] == "invited-friend"


def test_history(run):
    names, printed = run(SUMMARIES)
    assert printed == ""
    assert names["api_response"].response.status == 200


def test_a_list(run):
    names, printed = run(filled(REQUIRED_ONLY))
    assert names["api_response"].body.type == "event.list"
    assert "event.list" in printed


def test_a_summary(run):
    run(SUMMARIES)
    names, printed = run(filled(OPTIONAL))
    assert names["api_response"].body.events[0].name == "invited-friend"
    assert "DataEventSummary" in printed


@pytest.mark.parametrize(
    ("snippet", "call"),
    [
        (CREATE, "create_data_event"),
        (SUMMARIES, "data_event_summaries"),
        (REQUIRED_ONLY, "lis_data_events"),
        (OPTIONAL, "lis_data_events"),
    ],
)
def test_a_refusal_comes_where_the_snippet_catches_it(run, snippet, call):
    _, printed = run(filled(snippet), token="no-token")
    assert printed.startswith(f"Exception when calling DataEventsApi->{call}: HTTP 401")


@pytest.mark.parametrize(
    ("snippet", "words"),
    [
        (CREATE, "needs event_name and created_at and one of"),
        (REQUIRED_ONLY, "exactly one of"),
        (OPTIONAL, "exactly one of"),
    ],
)
def test_a_placeholder_that_was_left_is_a_value_error(run, snippet, words):
    with pytest.raises(ValueError, match=words):
        run(snippet)


RAW = """
import asyncio
from pastense.compat import (
    AsyncRawDataEventsClient,
    ClientOptions,
    CreateDataEventSummariesRequest,
    IntercomApiError,
    IntercomError,
    LisDataEventsRequest,
    RequestOptions,
    UnauthorizedError,
)

async def main():
    options = ClientOptions(base_url=base_url, token=token)
    async with AsyncRawDataEventsClient(options) as client:
        created = await client.create_data_event(
            {"event_name": "invited-friend", "created_at": 1671028894, "user_id": "314159"},
            RequestOptions(timeout_s=10, version="2.14", headers={"X-Trace": "1"}),
        )
        request = LisDataEventsRequest(filter={"user_id": "314159"}, type="user", summary=True)
        listed = await client.lis_data_events(request)
        return created.body, listed.body.events

result = asyncio.run(main())
"""


def test_the_raw_client(run, server, base_url):
    names, _ = run(f"base_url, token = {base_url!r}, {server.secret!r}\n{RAW}")
    nothing, events = names["result"]
    assert nothing is None
    assert events[0].name == "invited-friend"


def test_the_one_call(run, server, base_url, monkeypatch):
    monkeypatch.setenv("PASTENSE_URL", base_url)
    monkeypatch.setenv("PASTENSE_TOKEN", server.secret)
    run("""
import pastense.compat
pastense.compat.createdataevent({
    "Intercom-Version": "2.14",
    "event_name": "invited-friend",
    "created_at": 1671028894,
    "user_id": "314159",
})
""")
