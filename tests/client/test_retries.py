"""Which failures are tried again, how often, and after which pause. Nothing is waited for here:
the pauses are kept by the fixture `pauses`."""

from __future__ import annotations

import logging
import time
from email.utils import formatdate

import pytest

from pastense import Client, Request, Response
from pastense.client import aio, sync
from pastense.client.http import HttpTransport
from pastense.client.retry import PAUSE_MAX_S
from pastense.errors import (
    ApiError,
    ConnectionFailed,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)
from tests.support.awaited import awaited_client
from tests.support.inprocess import NOW, in_process
from tests.support.scripted_server import ACCEPTED, Exchange, answer, scripted_server


def reset(exchange: Exchange) -> None:
    exchange.reset()


def close(_: Exchange) -> None:
    """The connection ends without an answer."""


def half(exchange: Exchange) -> None:
    exchange.sock.sendall(b"HTTP/1.1 202 Acc")


def track(client, **options):
    return client.events.create("did", user_id="u", **options)


FAILURES = {
    "reset": reset,
    "closed": close,
    "half an answer": half,
    "408": answer(408),
    "429": answer(429),
    "500": answer(500),
    "502": answer(502, b"<html>"),
    "503": answer(503),
    "599": answer(599),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_may_help_is_tried_again(open_client, pauses, name):
    failure = FAILURES[name]
    with scripted_server(failure, failure, ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            track(client)
    bodies = {request.body for request in server.requests}
    assert len(server.requests) == 3
    assert len(bodies) == 1, "a repeat must be a duplicate, created_at and all"
    assert len(pauses) == 2
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1.0


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_the_number_of_attempts_is_the_callers(open_client, pauses, attempts):
    with scripted_server(answer(500)) as server:
        with open_client(base_url=server.base_url, max_retries=attempts - 1) as client:
            with pytest.raises(ServerError):
                track(client)
            with pytest.raises(ServerError):
                track(client, max_retries=0)
    assert len(server.requests) == attempts + 1
    assert len(pauses) == attempts - 1


def test_a_server_that_is_not_there_is_tried_and_named(open_client, pauses):
    with scripted_server() as server:
        pass
    with open_client(base_url=server.base_url) as client:
        with pytest.raises(ConnectionFailed, match=str(server.port)):
            track(client)
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422])
def test_what_would_be_refused_again_is_not_sent_again(open_client, pauses, status):
    with scripted_server(answer(status)) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(ApiError):
            track(client)
    assert (len(server.requests), pauses) == (1, [])


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_the_server_says_how_long_in_seconds(open_client, pauses, status):
    with scripted_server(answer(status, Retry_After="7"), ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            track(client)
    assert 7 <= pauses[0] <= 7.25


@pytest.mark.parametrize("their_clock", [NOW, 5_000])
def test_the_server_says_until_when_by_its_own_clock(open_client, pauses, their_clock):
    dates = {
        "Retry_After": formatdate(their_clock + 9, usegmt=True),
        "Date": formatdate(their_clock, usegmt=True),
    }
    with scripted_server(answer(503, **dates), ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            track(client)
    assert 9 <= pauses[0] <= 9.25


def test_the_end_of_the_rate_window_is_waited_for(open_client, pauses):
    by_their_clock = answer(429, X_RateLimit_Reset="5009", Date=formatdate(5_000, usegmt=True))
    by_ours = answer(429, X_RateLimit_Reset=str(int(time.time()) + 9))
    past = answer(429, X_RateLimit_Reset="4999", Date=formatdate(5_000, usegmt=True))
    elsewhere = answer(503, X_RateLimit_Reset="5030", Date=formatdate(5_000, usegmt=True))
    with scripted_server(by_their_clock, by_ours, past, elsewhere, ACCEPTED) as server:
        with open_client(base_url=server.base_url, max_retries=4) as client:
            track(client)
    assert 9 <= pauses[0] <= 9.25
    assert 7 <= pauses[1] <= 9.25
    assert 1 <= pauses[2] <= 2, "a window that is over says nothing: the pauses double"
    assert 2 <= pauses[3] <= 4, "after another failure the window is not what holds us up"


def test_a_retry_after_counts_before_the_rate_window(open_client, pauses):
    both = answer(429, Retry_After="3", X_RateLimit_Reset="5040", Date=formatdate(5_000))
    with scripted_server(both, ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            track(client)
    assert 3 <= pauses[0] <= 3.25


@pytest.mark.parametrize("given", [{"Retry_After": "86400"}, {"X_RateLimit_Reset": str(10**12)}])
def test_no_pause_is_longer_than_the_longest(open_client, pauses, given):
    with scripted_server(answer(429, **given)) as server:
        with open_client(base_url=server.base_url, max_retries=9) as client:
            with pytest.raises(RateLimited):
                track(client)
    assert len(server.requests) == 10
    assert pauses == [PAUSE_MAX_S] * 9


def test_a_rate_limit_of_a_real_server_is_waited_out(open_client, monkeypatch, tmp_path):
    with in_process(tmp_path, rate_limit_per_minute=6) as server:
        pauses = []

        def pass_by(seconds: float) -> None:
            pauses.append(seconds)
            server.clock.move(10)

        async def awaited(seconds: float) -> None:
            pass_by(seconds)

        monkeypatch.setattr(sync.drive, "__defaults__", (pass_by,))
        monkeypatch.setattr(aio.drive, "__defaults__", (awaited,))
        with open_client(server.secret, base_url=f"http://127.0.0.1:{server.port}") as client:
            for n in range(3):
                client.events.create("did", user_id="u1", created_at=NOW + n)
        server.clock.move(10)
        assert len(server.listed()) == 3
    assert len(pauses) in (2, 3)
    assert all(0 < seconds <= 10.25 for seconds in pauses)


class Loses:
    """A transport whose first answer is lost: the server has done what it was asked."""

    def __init__(self, inner: HttpTransport) -> None:
        self.inner, self.lost = inner, 0

    def send(self, request: Request) -> Response:
        response = self.inner.send(request)
        if not self.lost:
            self.lost = response.status
            raise ConnectionFailed("The answer is lost")
        return response

    def close(self) -> None:
        self.inner.close()


class LosesAwaited(Loses):
    """The same for an event loop."""

    async def send(self, request: Request) -> Response:
        return super().send(request)

    async def close(self) -> None:
        super().close()


def test_an_event_whose_answer_was_lost_is_there_once(server, client, person, kind, pauses):
    base_url = f"http://127.0.0.1:{server.port}"
    made = {"sync": (Loses, Client), "async": (LosesAwaited, awaited_client)}
    transport, opened = made[kind][0](HttpTransport(base_url)), made[kind][1]
    with opened(server.secret, base_url=base_url, transport=transport) as losing:
        losing.events.create("did", user_id=person)
    assert transport.lost == 202
    assert len(pauses) == 1
    assert len(list(client.events.list(user_id=person))) == 1


def test_the_last_failure_is_what_is_raised(open_client, pauses):
    with scripted_server(reset, answer(500), answer(401)) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(Unauthorized):
            track(client)
    with scripted_server(answer(500), reset) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(ConnectionFailed):
            track(client)
    with scripted_server(reset, answer(404)) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(NotFound):
            track(client)


def test_attempts_are_said_in_the_log_without_persons_and_secrets(open_client, pauses, caplog):
    caplog.set_level(logging.DEBUG, logger="pastense.client")
    with scripted_server(answer(503), reset, ACCEPTED) as server:
        with open_client("pst_secret", base_url=server.base_url) as client:
            client.events.create("did", user_id="ada", metadata={"card": "4111"})
    said = [record.getMessage() for record in caplog.records if record.name == "pastense.client"]
    assert [words.split(":")[0] for words in said] == ["HTTP 503", "ConnectionFailed"]
    assert not any(word in line for line in said for word in ("ada", "4111", "pst_secret"))
