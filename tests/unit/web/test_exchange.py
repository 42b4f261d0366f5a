"""One request and its answer, as far as that needs no server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine, Iterator

import pytest

import pastense
from pastense.clock import ManualClock
from pastense.errors import ManyRefused, Unavailable
from pastense.limits import Limits
from pastense.model import Refused
from pastense.service.administration.access import create_token
from pastense.settings import Settings
from pastense.store.base import Store
from pastense.store.opening import open_store
from pastense.web.exchange import Answer, Disconnected, Exchange, RequestIds
from pastense.web.state import State
from tests.unit.support import NOW, refusal

HOST = (b"host", b"events.example.com")


class Line:
    """The wire of one request: what comes in piece by piece, what went out."""

    def __init__(self, *pieces: bytes | None) -> None:
        self.pieces = list(pieces)
        self.sent: list[dict] = []

    async def receive(self) -> dict:
        """The next piece of the body; None is a client that went away."""
        piece = self.pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}

    async def send(self, message: dict) -> None:
        """Keep what the server says."""
        self.sent.append(message)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for this file: requests only look for their tokens in it."""
    path = tmp_path_factory.mktemp("exchange") / "pastense.db"
    opened, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 1.0)
    yield opened
    opened.close()


@pytest.fixture
def begin(store: Store, clock: ManualClock) -> Callable[..., Exchange]:
    """Make an exchange of the given headers and settings."""

    def make(*headers: tuple[bytes, bytes], line: Line | None = None, **given: object) -> Exchange:
        names = Settings.__struct_fields__
        settings = Settings(**{name: given.pop(name) for name in names if name in given})
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/events",
            "raw_path": b"/events",
            "query_string": b"",
            "headers": list(headers),
            "client": ("10.1.2.3", 5),
            "server": ("127.0.0.1", 8080),
        }
        line = line or Line(b"")
        state = State(store, clock, settings)
        return Exchange(state, scope | given, line.receive, line.send, "request-1")

    return make


def run(work: Coroutine[object, object, object]) -> object:
    """Run one coroutine to its end."""
    return asyncio.run(work)


def test_request_ids_are_uuids_that_differ():
    ids = RequestIds()
    made = [ids.next() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    for text in made[:20]:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, uuid.RFC_4122)
    assert RequestIds().next()[:18] != made[0][:18]


def test_headers_that_matter_are_kept(begin):
    exchange = begin(HOST, (b"authorization", b"Bearer x"), (b"x-other", b"1"), (b"x-other", b"2"))
    exchange.judge_headers()
    assert exchange.headers == {b"host": HOST[1], b"authorization": b"Bearer x"}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (b"authorization", "Authorization"),
        (b"content-type", "Content-Type"),
        (b"content-length", "Content-Length"),
        (b"intercom-version", "Intercom-Version"),
        (b"host", "Host"),
    ],
)
def test_a_header_that_decides_stands_once(begin, name, field):
    exchange = begin((name, b"a"), (name, b"a"))
    assert refusal(exchange.judge_headers) == (400, "bad_request", field)


def test_http_1_1_needs_a_host_and_1_0_does_not(begin):
    assert refusal(begin().judge_headers) == (400, "bad_request", "Host")
    begin(http_version="1.0").judge_headers()


@pytest.mark.parametrize(
    "host", [b"a", b"a.b-c:80", b"127.0.0.1:8080", b"[::1]", b"[::1]:8080", b"a_b.local", b""]
)
def test_a_host_is_a_name_or_an_address(begin, host):
    begin((b"host", host)).judge_headers()


@pytest.mark.parametrize(
    "host", [b"a b", b"a/b", b"u@h", b"a:port", b"a:123456", b"\xff", b"a?b", b"::1"]
)
def test_another_host_is_a_bad_request(begin, host):
    assert refusal(begin((b"host", host)).judge_headers) == (400, "bad_request", "Host")


def test_a_target_has_its_length(begin):
    path = b"/events"
    begin(HOST, query_string=b"q" * (16_384 - len(path))).judge_headers()
    exchange = begin(HOST, query_string=b"q" * (16_385 - len(path)))
    assert refusal(exchange.judge_headers) == (414, "uri_too_long", None)


@pytest.mark.parametrize("pieces", [(b"",), (b"ab",), (b"a", b"b"), (b"", b"ab", b"")])
def test_a_body_is_read_whole(begin, pieces):
    assert run(begin(line=Line(*pieces)).body()) == b"".join(pieces)


def test_a_body_ends_at_its_limit(begin):
    limits = Limits(body_bytes_max=4)
    assert run(begin(line=Line(b"ab", b"cd"), limits=limits).body()) == b"abcd"
    line = Line(b"abc", b"de", b"never read")
    exchange = begin(line=line, limits=limits)
    assert refusal(run, exchange.body()) == (413, "payload_too_large", "body")
    assert line.pieces == [b"never read"]


def test_a_declared_length_beyond_the_limit_is_refused_before_reading(begin):
    line = Line(b"abcde")
    exchange = begin(HOST, (b"content-length", b"5"), line=line, limits=Limits(body_bytes_max=4))
    exchange.judge_headers()
    assert refusal(run, exchange.body()) == (413, "payload_too_large", "body")
    assert line.pieces == [b"abcde"]


def test_a_client_that_goes_away_is_no_answer(begin):
    with pytest.raises(Disconnected):
        run(begin(line=Line(b"a", None)).body())


@pytest.mark.parametrize(
    "media_type",
    [
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"application/vnd.intercom.3+json",
        b" application/json ",
        b"",
    ],
)
def test_json_in_its_spellings_is_read(begin, media_type):
    exchange = begin(HOST, (b"content-type", media_type), line=Line(b"{}"))
    exchange.judge_headers()
    assert run(exchange.body()) == b"{}"


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        (b"content-type", b"text/plain", "Content-Type"),
        (b"content-type", b"application/x-www-form-urlencoded", "Content-Type"),
        (b"content-type", b"application/jsonp", "Content-Type"),
        (b"content-type", b"application/json, text/plain", "Content-Type"),
        (b"content-encoding", b"gzip", "Content-Encoding"),
    ],
)
def test_another_media_type_is_refused(begin, name, value, field):
    exchange = begin(HOST, (name, value), line=Line(b"{}"))
    exchange.judge_headers()
    assert refusal(run, exchange.body()) == (415, "media_type_not_supported", field)


def test_an_answer_carries_its_headers(begin):
    line = Line()
    run(begin(line=line).send(Answer(200, b"{}", ((b"x-more", b"1"),))))
    start, body = line.sent
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert dict(start["headers"]) == {
        b"x-request-id": b"request-1",
        b"intercom-version": b"2.14",
        b"pastense": pastense.__version__.encode(),
        b"x-more": b"1",
        b"content-type": b"application/json; charset=utf-8",
        b"cache-control": b"no-store",
        b"x-content-type-options": b"nosniff",
        b"content-length": b"2",
    }
    assert body == {"type": "http.response.body", "body": b"{}"}


def test_an_answer_without_a_body_has_not_one_byte(begin):
    line = Line()
    run(begin(line=line).send(Answer(202)))
    headers = dict(line.sent[0]["headers"])
    assert headers[b"content-length"] == b"0"
    assert b"content-type" not in headers
    assert line.sent[1]["body"] == b""


def test_a_failure_is_an_error_list_with_its_headers(begin):
    line = Line()
    run(begin(line=line).fail(Unavailable(retry_after_s=3)))
    headers = dict(line.sent[0]["headers"])
    assert (line.sent[0]["status"], headers[b"retry-after"]) == (503, b"3")
    body = json.loads(line.sent[1]["body"])
    assert body["request_id"] == "request-1"
    assert body["errors"][0]["code"] == "service_unavailable"


def test_a_failure_may_hold_many_errors(begin):
    line = Line()
    error = ManyRefused([Refused("not_found", "a", "x"), Refused("conflict", "b", "y")], 422)
    run(begin(line=line).fail(error))
    assert line.sent[0]["status"] == 422
    codes = [item["code"] for item in json.loads(line.sent[1]["body"])["errors"]]
    assert codes == ["not_found", "conflict"]


PROXY = {"trusted_proxies": ("10.0.0.0/8", "::1")}
FORWARDED = ((b"x-forwarded-proto", b"https"), (b"x-forwarded-host", b"public.example.com"))


@pytest.mark.parametrize(
    ("headers", "given", "url"),
    [
        ((HOST,), {}, "http://events.example.com"),
        ((HOST,), {"scheme": "https"}, "https://events.example.com"),
        ((), {"http_version": "1.0"}, "http://127.0.0.1:8080"),
        (((b"host", b""),), {}, "http://127.0.0.1:8080"),
        ((HOST,), {"public_url": "https://x.io/base/"}, "https://x.io/base"),
        ((HOST, *FORWARDED), {}, "http://events.example.com"),
        ((HOST, *FORWARDED), PROXY, "https://public.example.com"),
        ((HOST, *FORWARDED), PROXY | {"client": ("::1", 5)}, "https://public.example.com"),
        ((HOST, *FORWARDED), PROXY | {"client": ("11.0.0.1", 5)}, "http://events.example.com"),
        ((HOST, *FORWARDED), PROXY | {"client": None}, "http://events.example.com"),
        ((HOST, FORWARDED[0]), PROXY, "https://events.example.com"),
        ((HOST, (b"x-forwarded-proto", b"javascript")), PROXY, "http://events.example.com"),
        ((HOST, (b"x-forwarded-host", b"a/b")), PROXY, "http://events.example.com"),
        ((HOST, (b"x-forwarded-host", b"first.io, second.io")), PROXY, "http://first.io"),
    ],
)
def test_where_this_server_is_reached(begin, headers, given, url):
    exchange = begin(*headers, **given)
    exchange.judge_headers()
    assert exchange.base_url() == url


@pytest.fixture
def authorize(begin, store, clock) -> Callable[..., Exchange]:
    """Authorize a request with a real token: returns the exchange, or raises."""
    secret, _ = create_token(
        store.admin,
        clock,
        name="t",
        workspace=store.admin.workspaces()[0],
        scopes=("events:read",),
        version="2.11",
        expires_at=NOW + 5,
    )

    def call(*headers: tuple[bytes, bytes], scope: str = "events:read", bearer: str = secret):
        exchange = begin(HOST, (b"authorization", b"Bearer " + bearer.encode()), *headers)
        exchange.judge_headers()

        async def judge() -> None:
            exchange.state.start()
            try:
                await exchange.authorize(scope)
            finally:
                exchange.state.stop(5.0)

        run(judge())
        return exchange

    return call


def test_a_token_opens_its_workspace_in_its_own_version(authorize, workspace):
    exchange = authorize()
    assert exchange.workspace == workspace
    assert exchange.version == "2.11"
    assert authorize((b"intercom-version", b" Unstable ")).version == "Unstable"


@pytest.mark.parametrize(
    ("header", "scope", "bearer", "fault"),
    [
        (b"2.14", "events:read", "pst_unknown", (401, "unauthorized", None)),
        (b"2.14", "events:write", None, (403, "forbidden", None)),
        (b"3.0", "events:read", None, (400, "intercom_version_invalid", "Intercom-Version")),
        (b"", "events:read", None, (400, "intercom_version_invalid", "Intercom-Version")),
        (b"\xff", "events:read", None, (400, "intercom_version_invalid", "Intercom-Version")),
    ],
)
def test_what_does_not_open(authorize, header, scope, bearer, fault):
    given = {} if bearer is None else {"bearer": bearer}
    version = (b"intercom-version", header)
    assert refusal(authorize, version, scope=scope, **given) == fault


def test_a_token_that_has_expired_opens_nothing(authorize, clock):
    clock.move(4)
    authorize()
    clock.move(1)
    assert refusal(authorize) == (401, "unauthorized", None)


def test_without_a_token_there_is_no_need_to_ask_the_store(begin):
    exchange = begin(HOST)
    exchange.judge_headers()
    assert refusal(run, exchange.authorize("events:read")) == (401, "unauthorized", None)


def test_a_value_in_the_path_is_text(begin):
    exchange = begin()
    exchange.path_values = {"contact_id": "5"}
    assert exchange.path_value("contact_id") == "5"
