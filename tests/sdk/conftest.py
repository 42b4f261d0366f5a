"""One running server per session, and the official Python SDK in each of its forms."""

from __future__ import annotations

import asyncio
import base64
import http.client
import itertools
import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from intercom import AsyncIntercom, Intercom
from intercom.core.http_response import AsyncHttpResponse, HttpResponse
from tests.support.server import RunningServer, running_server

GREGORIAN_TICKS = 0x01B21DD213814000  # 100-ns ticks between the UUID epoch of 1582 and 1970
FORMS = ("sync", "async", "sync raw", "async raw")


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    """A real server process of this pytest worker's own, on a store of its own."""
    path = tmp_path_factory.mktemp("sdk") / "pastense.db"
    with running_server(f"sqlite:{path}") as running:
        yield running


@pytest.fixture(scope="session")
def token(server) -> str:
    """A token with the default scopes."""
    return server.token()


@pytest.fixture(scope="session")
def unique():
    """Makes texts that no other test of this server has used."""
    count = itertools.count(1)
    return lambda stem: f"{stem}-{next(count)}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def an_hour_ago() -> int:
    """A second well inside the list window."""
    return int(time.time()) - 3600


@pytest.fixture(scope="session")
def facts():
    """Pure checks and conversions that several test files share."""
    return SimpleNamespace(
        page_parameters=page_parameters,
        second_of=second_of,
        iso=iso,
        check_error=check_error,
        checked_answer=checked_answer,
    )


def page_parameters(url: str, server: RunningServer) -> dict[str, str]:
    """The parameters of a `pages` URL, as a caller adds them to a call of its own."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", f"127.0.0.1:{server.port}")
    assert parts.path == "/events"
    return dict(parse_qsl(parts.query, strict_parsing=True))


def second_of(event_id: str) -> int:
    """The second inside an event's id, a version-1 UUID (docs/wire.md "Listing events")."""
    parsed = uuid.UUID(event_id)
    assert (parsed.version, parsed.variant) == (1, uuid.RFC_4122)
    assert str(parsed) == event_id
    return (parsed.time - GREGORIAN_TICKS) // 10_000_000


def iso(second: int) -> str:
    """A second in the form of summaries: Java 2.x cannot read it without milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(second))


def check_error(body, code: str, message: str) -> None:
    """One refusal in Intercom's envelope; a `type` in it would mislead Ruby and Python 3."""
    body = body if isinstance(body, dict) else body.dict()
    assert body["type"] == "error.list"
    assert len(body["errors"]) == 1
    error = body["errors"][0]
    assert (error["code"], error["message"]) == (code, message)
    assert set(error) <= {"code", "message", "field"}
    assert body["request_id"]


def checked_answer(response: httpx.Response) -> None:
    """What every answer carries, whatever was asked."""
    assert response.headers["X-Request-Id"]
    assert response.headers["Intercom-Version"]
    assert response.headers["Pastense"]


class PlainCalls:
    """One form of python-intercom behind plain blocking calls that return plain data.

    `sdk.events.list(...)` waits where the form is asynchronous and unwraps where it is raw.
    `answer` is the last HTTP answer the SDK has seen.
    """

    def __init__(self, form: str, token: str, base_url: str, **options) -> None:
        self.form = form
        self.raw = form.endswith("raw")
        self.answer: httpx.Response | None = None
        self._loop = asyncio.new_event_loop() if form.startswith("async") else None
        make = AsyncIntercom if self._loop else Intercom
        if "httpx_client" not in options:
            # As the SDK makes it, but for the root certificates, which take 0.1 s to load.
            kind = httpx.AsyncClient if self._loop else httpx.Client
            bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            options["httpx_client"] = kind(timeout=60, follow_redirects=True, verify=bare)
        self.client = make(token=token, base_url=base_url, **options)
        self._http = self.client._client_wrapper.httpx_client.httpx_client
        self._http.event_hooks = {"response": [self._record_later if self._loop else self._record]}

    def __getattr__(self, group: str):
        return _Group(self, getattr(self.client, group))

    def pages(self, pager) -> list[list]:
        """The items of every page of a pager, read with the SDK's own paging."""
        if self._loop is None:
            return [list(page.items) for page in pager.iter_pages()]

        async def collect() -> list[list]:
            return [list(page.items) async for page in pager.iter_pages()]

        return self._loop.run_until_complete(collect())

    def wait(self, answer):
        """The data of an answer of this form."""
        if self._loop is not None:
            answer = self._loop.run_until_complete(answer)
        return answer.data if isinstance(answer, HttpResponse | AsyncHttpResponse) else answer

    def close(self) -> None:
        """Close the connections, which the SDK itself leaves to the end of the process."""
        if self._loop is None:
            self._http.close()
            return
        self._loop.run_until_complete(self._http.aclose())
        self._loop.close()

    def _record(self, response: httpx.Response) -> None:
        response.read()
        checked_answer(response)
        self.answer = response

    async def _record_later(self, response: httpx.Response) -> None:
        await response.aread()
        checked_answer(response)
        self.answer = response


class _Group:
    """One resource of the SDK (`events`, `contacts`, ...) in the form of its owner."""

    def __init__(self, owner: PlainCalls, group) -> None:
        self._owner = owner
        self._group = group

    def __getattr__(self, name: str):
        source = self._group.with_raw_response if self._owner.raw else self._group
        called = getattr(source, name, None)
        if not callable(called):
            return _Group(self._owner, getattr(self._group, name))
        return lambda *args, **kwargs: self._owner.wait(called(*args, **kwargs))


@pytest.fixture(scope="session")
def connect(server, token) -> Iterator[Callable[..., PlainCalls]]:
    """Opens SDK clients of any form and closes them at the end; equal calls share a client."""
    opened: dict[str, PlainCalls] = {}

    def open_client(form: str = "sync", token: str = token, **options) -> PlainCalls:
        key = repr((form, token, options))
        if key not in opened:
            opened[key] = PlainCalls(form, token, server.base_url, **options)
        return opened[key]

    yield open_client
    for sdk in opened.values():
        sdk.close()


@pytest.fixture(params=FORMS)
def form(request) -> str:
    """Each way python-intercom can be used: sync or async, plain or with_raw_response."""
    return request.param


@pytest.fixture
def sdk(connect, form) -> PlainCalls:
    """A client of the form under test."""
    return connect(form)


@pytest.fixture
def user(sdk, unique):
    """A user made by the SDK, with an external id and an email address."""
    external_id = unique("user")
    return sdk.contacts.create(
        request={"external_id": external_id, "email": f"{external_id}@example.org"}
    )


@pytest.fixture
def lead(sdk, unique):
    """A lead made by the SDK; only its `id` names it."""
    return sdk.contacts.create(request={"role": "lead", "name": unique("lead")})


@dataclass
class Answer:
    """One answer off the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        """The body as data; it came uncompressed, since nobody asked for gzip."""
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        assert self.headers["Content-Encoding"] is None
        return json.loads(self.body)


class Wire:
    """Sends requests exactly as given over one kept connection, for SDKs that cannot run here."""

    def __init__(self, port: int, token: str) -> None:
        self.host = f"127.0.0.1:{port}"
        self.token = token
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.basic_token = self.basic(token, "")
        self.basic_app = self.basic("pi3243fa", token)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    @staticmethod
    def basic(user: str, password: str) -> dict[str, str]:
        """The header of HTTP Basic credentials."""
        text = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {text}"}

    def send(self, method: str, target: str, headers: dict[str, str], body=None) -> Answer:
        """One request; `body` is JSON data, or bytes, or None for no body at all."""
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = self._connection
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        length = {} if payload is None else {"Content-Length": str(len(payload))}
        for name, value in ({"Host": self.host} | headers | length).items():
            connection.putheader(name, value)
        connection.endheaders(payload)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        for name in ("X-Request-Id", "Intercom-Version", "Pastense"):
            assert answer.headers[name], name
        return answer

    def new_contact(self, **fields) -> dict:
        """Make a contact; returns it as it came back."""
        answer = self.send("POST", "/contacts", self.bearer, fields)
        assert answer.status == 200, answer.body
        return answer.json()

    def listed(self, **parameters) -> list[dict]:
        """The first page of somebody's events."""
        query = urlencode({"type": "user"} | parameters)
        answer = self.send("GET", f"/events?{query}", self.bearer)
        assert answer.status == 200, answer.body
        return answer.json()["events"]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@pytest.fixture
def wire(server, token) -> Iterator[Wire]:
    """A raw connection to the server."""
    wire = Wire(server.port, token)
    yield wire
    wire.close()
