"""Heads that were read once: the very same bytes are known again, and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pastense.web.heads import HEAD_BYTES_MAX, HEADS_MAX, Heads

HEAD = b"POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 2"
BODY = b"{}"
WHOLE = HEAD + b"\r\n\r\n" + BODY
JUDGED = {b"content-length": b"2"}


def knowing(data: bytes = WHOLE, body: bytes = BODY, judged: dict[bytes, bytes] = JUDGED) -> Heads:
    heads = Heads()
    heads.learn(data, body, [(b"host", b"x")], judged)
    return heads


def test_the_same_head_is_known_with_any_body_of_its_length():
    heads = knowing()
    for body in (b"{}", b"[]", b"\r\n"):
        found = heads.find(HEAD + b"\r\n\r\n" + body)
        assert found is not None
        head, rest = found
        assert rest == body
        assert (head.body_bytes, head.headers, head.judged) == (2, ((b"host", b"x"),), JUDGED)


@given(st.binary(max_size=12), st.integers(0, len(WHOLE)), st.integers(0, 12))
def test_other_bytes_are_not_known(put: bytes, place: int, left_out: int):
    changed = WHOLE[:place] + put + WHOLE[place + left_out :]
    text, end, body = changed.partition(b"\r\n\r\n")
    same = text == HEAD and end != b"" and len(body) == len(BODY)
    assert (knowing().find(changed) is not None) == same


def test_a_head_without_its_end_is_not_known():
    """An empty body is as long as nothing at all."""
    text = HEAD.replace(b"2", b"0")
    heads = knowing(text + b"\r\n\r\n", b"", {b"content-length": b"0"})
    assert heads.find(text + b"\r\n\r\n") is not None
    assert heads.find(text) is None
    assert heads.find(text + b"\r\n\r") is None


def test_what_is_not_one_whole_request_is_not_kept():
    chunked = HEAD + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert knowing(chunked, BODY).find(chunked) is None
    twice = WHOLE + WHOLE
    assert knowing(twice, BODY).find(twice) is None
    assert knowing(judged={}).find(WHOLE) is None, "no length was said"
    assert knowing(HEAD, b"").find(HEAD) is None


def test_there_are_so_many_heads_and_none_is_long():
    long = HEAD + b"x" * HEAD_BYTES_MAX
    assert knowing(long + b"\r\n\r\n" + BODY).find(long + b"\r\n\r\n" + BODY) is None
    heads = Heads()
    wholes = [b"%d " % number + WHOLE for number in range(HEADS_MAX + 1)]
    for whole in wholes[:-1]:
        heads.learn(whole, BODY, [], JUDGED)
    assert heads.find(wholes[0]) is not None
    heads.learn(wholes[-1], BODY, [], JUDGED)
    assert heads.find(wholes[0]) is None, "all were forgotten for the last one"
    assert heads.find(wholes[-1]) is not None
