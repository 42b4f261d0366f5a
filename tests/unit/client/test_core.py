"""One call as a generator, driven by hand: no network, no time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.core import Answer, Call, build_request, perform, send_with_retries
from pastense.client.messages import Headers, Pause, Request, Response, Timeout
from pastense.client.options import CallOptions, ClientOptions, read_client_options
from pastense.client.reading import read_nothing
from pastense.errors import ConnectionFailed, ServerError

CLIENT = read_client_options("http://host", "token", version="2.14")
FAILURES = st.sampled_from([408, 429, 500, 503, "none"])
FINAL = st.sampled_from([200, 202, 301, 400, 404])


def answer(status: int) -> Response:
    return Response(status, Headers(), b"")


def play(steps, outcomes) -> tuple[list[object], object]:
    """What a call yields when it is given these outcomes, and what it comes to in the end."""
    yielded = []
    try:
        step = next(steps)
        while True:
            yielded.append(step)
            if isinstance(step, Pause):
                step = steps.send(None)
                continue
            outcome = outcomes.pop(0)
            if outcome == "none":
                step = steps.throw(ConnectionFailed("no answer"))
            else:
                step = steps.send(answer(outcome))
    except StopIteration as end:
        return yielded, end.value
    except ConnectionFailed as error:
        return yielded, error


@given(st.lists(FAILURES, max_size=6), FINAL, st.integers(0, 5))
def test_a_request_is_sent_until_it_helps_or_the_attempts_are_used_up(failures, final, retries):
    request = Request("GET", "/me", (), None, Timeout())
    outcomes = [*failures, final]
    yielded, result = play(send_with_retries(request, retries), list(outcomes))
    sent = min(len(outcomes), retries + 1)
    assert yielded[::2] == [request] * sent
    assert all(isinstance(step, Pause) for step in yielded[1::2])
    assert len(yielded) == 2 * sent - 1
    last = outcomes[sent - 1]
    assert isinstance(result, ConnectionFailed) if last == "none" else result.status == last


def test_a_success_is_read_and_a_refusal_raised():
    call = Call("GET", "/me", lambda response: response.status)
    _, result = play(perform(CLIENT, call), [202])
    assert result == Answer(answer(202), 202)
    with pytest.raises(ServerError):
        play(perform(CLIENT, call), [500, 500, 500])


@pytest.mark.parametrize(("of_call", "attempts"), [(None, 3), (0, 1), (4, 5)])
def test_the_retries_of_the_call_win(of_call, attempts):
    call = Call("GET", "/me", read_nothing, options=CallOptions(max_retries=of_call))
    outcomes = [500] * 9
    with pytest.raises(ServerError):
        play(perform(CLIENT, call), outcomes)
    assert 9 - len(outcomes) == attempts


def test_a_driver_that_sends_no_answer_is_told():
    steps = perform(CLIENT, Call("GET", "/me", read_nothing))
    next(steps)
    with pytest.raises(RuntimeError, match="must send the answer"):
        steps.send(None)


def test_a_request_is_what_the_call_says():
    call = Call("GET", "/events", read_nothing, {"user_id": "a/b c&d", "type": "user"})
    request = build_request(CLIENT, call)
    assert request.target == "/events?user_id=a%2Fb+c%26d&type=user"
    assert request.body is None
    assert request.timeout == CLIENT.timeout
    assert request.headers is CLIENT.plain_headers


def test_a_body_is_json_in_the_order_given():
    request = build_request(CLIENT, Call("POST", "/x", read_nothing, body={"b": 1, "a": None}))
    assert request.body == b'{"b":1,"a":null}'
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert build_request(CLIENT, Call("POST", "/x", read_nothing, body=None)).body == b"null"


def test_what_the_call_says_wins_over_what_the_client_says():
    options = CallOptions(
        token="other", version="Unstable", timeout=Timeout(1, 2), headers=(("accept", "*/*"),)
    )
    request = build_request(CLIENT, Call("GET", "/x", read_nothing, options=options))
    headers = dict(request.headers)
    assert headers["Authorization"] == "Bearer other"
    assert headers["Intercom-Version"] == "Unstable"
    assert headers["accept"] == "*/*"
    assert "Accept" not in headers
    assert request.timeout == Timeout(1, 2)
    plain = build_request(ClientOptions(base_url="http://h", token="t"), Call("GET", "/", str))
    assert "Intercom-Version" not in dict(plain.headers)
