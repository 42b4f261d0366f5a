"""JSON bodies: what passes is what was sent, what does not has a code and a field."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pastense.limits import INTEGER_MAX, INTEGER_MIN, JSON_DEPTH_MAX
from pastense.wire.json_text import (
    check_values,
    decode_json,
    decode_object,
    decode_unchecked_object,
)
from tests.unit.support import attempt, refusal

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10)
numbers = st.integers(INTEGER_MIN, INTEGER_MAX) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8
)
names = st.text("abcXYZ_-", min_size=1, max_size=5)
steps = st.lists(names | st.integers(0, 3), max_size=JSON_DEPTH_MAX - 1)
"""One level is left for what stands beside the path."""
POISONS = [
    r'"\u0000"',
    r'"a\u0000b"',
    r'"\ud800"',
    r'"\udfff"',
    r'"\udc00\ud800"',
    r'"\ud83dx"',
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1" + "0" * 5_000,
    "-1" + "0" * 39,
    "1e309",
    "-1e309",
    "1e" + "9" * 30,
]


def buried(path: list[str | int], poison: str) -> tuple[bytes, str]:
    """A body with the poison at the end of a path, and the path as the wire writes it."""
    text = poison
    for step in reversed(path):
        if isinstance(step, int):
            text = "[" + "0," * step + text + ', "after"]'
        else:
            text = f'{{"before":[1],{json.dumps(step)}:{text},"z":{{}}}}'
    field = ""
    for step in path:
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else step
    return text.encode(), field or "body"


@given(values, st.booleans())
def test_what_is_sent_is_what_is_read_and_kept(value, ascii_only):
    """The canonical text, which is what is stored, says the same in the same order."""
    read = decode_json(json.dumps(value, ensure_ascii=ascii_only).encode())
    assert exact(read) == exact(value)
    canonical = msgspec.json.encode(read)
    assert exact(decode_json(canonical)) == exact(value)
    assert msgspec.json.encode(decode_json(canonical)) == canonical


def exact(value: object) -> str:
    """A value with its types and the order of its keys, to compare 1 and 1.0 and True apart."""
    return repr(value)


@given(steps, st.sampled_from(POISONS))
def test_a_forbidden_value_is_named_by_its_path(path, poison):
    body, field = buried(path, poison)
    assert refusal(decode_json, body) == (400, "parameter_invalid", field)


@given(steps.filter(lambda path: len(path) < JSON_DEPTH_MAX - 1), st.sampled_from(POISONS[:6]))
def test_a_forbidden_key_is_named_by_its_object(path, poison):
    body, field = buried(path, f"{{{poison}:1}}")
    assert refusal(decode_json, body) == (400, "parameter_invalid", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"metadata":{"a":"\u0000"}}', "metadata.a"),
        (rb'{"data":[{},{"user":{"email":"\ud800"}}]}', "data[1].user.email"),
        (b'{"created_at":1e999}', "created_at"),
        (b"[[1,[99999999999999999999]]]", "[0][1][0]"),
        (rb'"\u0000"', "body"),
        (rb'{"\u0000":1}', "body"),
    ],
)
def test_paths_as_callers_see_them(body, field):
    assert refusal(decode_json, body) == (400, "parameter_invalid", field)


def test_the_last_of_doubled_keys_wins_also_over_a_forbidden_one():
    assert decode_json(b'{"a":1,"a":2}') == {"a": 2}
    assert decode_json(rb'{"a":"\u0000","a":2}') == {"a": 2}
    assert refusal(decode_json, rb'{"a":2,"a":"\u0000"}') == (400, "parameter_invalid", "a")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"9223372036854775807", INTEGER_MAX),
        (b"-9223372036854775808", INTEGER_MIN),
        (b"1e308", 1e308),
        (b"1e19", 1e19),
        (b"1.00000000000000000000000000", 1.0),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\\u0000"', "\\u0000"),
        (rb'"\u0001"', "\x01"),
        (b" \t\r\n1 ", 1),
        (b'"' + b"[" * 50 + b'"', "[" * 50),
        (rb'"\"[[[[[[[[[[[[[[[[[[[[[[[["', '"' + "[" * 24),
        (b"[" + b"[]," * 30 + b"1]", [[]] * 30 + [1]),
    ],
)
def test_what_is_allowed_at_the_edges(body, value):
    assert exact(decode_json(body)) == exact(value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_sixteen_levels_are_the_deepest(opening):
    closing = b"]" if opening == b"[" else b"}"
    sixteen = opening * 16 + b"1" + closing * 16
    assert json.loads(sixteen) == decode_json(sixteen)
    seventeen = opening * 17 + b"1" + closing * 17
    assert refusal(decode_json, seventeen) == (400, "bad_request", "body")


@pytest.mark.parametrize("around", [b"%b", b'{"items":[%b]}', b'[{"a":[1,%b]},"[[["]'])
def test_sixteen_levels_are_the_deepest_beside_many_values(around):
    shallow, outer = b",".join([b'{"a":[],"b":"]"}'] * 50), around.count(b"[%b]") * 2
    outer = {b"%b": 0, b'{"items":[%b]}': 2}.get(around, 3)
    deepest = 16 - 1 - outer
    for levels, allowed in ((deepest, True), (deepest + 1, False)):
        body = around % (b"[%b,%b]" % (shallow, b"[" * levels + b"]" * levels))
        if allowed:
            assert decode_json(body) == json.loads(body)
        else:
            assert refusal(decode_json, body) == (400, "bad_request", "body")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 9_000 + b"]" * 9_000])
def test_any_depth_is_refused_without_falling_over(body):
    assert refusal(decode_json, body) == (400, "bad_request", "body")


NOT_JSON = [
    *(b"", b" ", b"{", b'{"a":1', b'{"a"}', b"{'a':1}", b"[1,]", b"nul", b"NaN", b"Infinity"),
    *(b"-Infinity", b"01", b"1.", b".5", b"+1", b"0x1", b'"\x01"', b'"\n"', b'"\\x"', b"1 2"),
    *(b"{}x", b"\xef\xbb\xbf{}", b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'{"\xff":1}'),
    *("{}".encode("utf-16"), b'"\\u12"', b'{"a":1,}', b"[NaN]", b'"', b'"\\"'),
]


@pytest.mark.parametrize("body", NOT_JSON)
def test_what_is_not_json_is_a_bad_request(body):
    assert refusal(decode_json, body) == (400, "bad_request", "body")


fragments = st.sampled_from(
    [b'"', b"\\", b"\\u", b"d800", b"0000", b"[", b"]", b"{", b"}", b":", b",", b"1", b"e9", b"-"]
)
noise = st.binary(max_size=60) | st.lists(fragments, max_size=40).map(b"".join)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """JSON with some bytes changed, taken away or put in."""
    body = bytearray(json.dumps(draw(values)).encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        body[start : start + draw(st.integers(0, 3))] = draw(noise)[:5]
    return bytes(body)


@settings(max_examples=250)
@given(noise | mutated())
def test_any_bytes_are_read_as_python_reads_them_or_refused(body):
    value, error = attempt(decode_json, body)
    if error is None:
        assert exact(value) == exact(json.loads(body.decode()))
    else:
        assert error.status == 400
        assert error.refusals[0].code in ("bad_request", "parameter_invalid")
        assert error.refusals[0].field


def test_a_text_that_never_ends_costs_no_more_than_its_length():
    """Quotes behind backslashes were once searched from each one to the end: hours for 1 MiB."""
    body = b'{"a":"' + b'\\"' * 6_000
    started = time.perf_counter()
    assert refusal(decode_json, body) == (400, "bad_request", "body")
    assert time.perf_counter() - started < 0.5


def test_a_deep_body_is_refused_where_it_is_too_deep():
    """All brackets of 20 MiB were once collected before the first was counted."""
    started = time.perf_counter()
    assert refusal(decode_json, b"[" * 19_000_000) == (400, "bad_request", "body")
    assert time.perf_counter() - started < 0.5


def test_a_long_key_costs_no_more_than_its_length():
    """The path was once written out whole for each value below it: minutes for 20 MiB."""
    long = b'{"' + b"x" * 300_000 + b'":[' + b"1," * 200_000
    started = time.perf_counter()
    assert decode_object(long + b'"\\u0041"]}')
    assert time.perf_counter() - started < 0.5
    assert refusal(decode_object, long + b'"\\u0000"]}')[2] == "x" * 1_000


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t", b"{}"])
def test_an_empty_body_is_an_empty_object(body):
    assert decode_object(body) == {}
    assert decode_unchecked_object(body) == ({}, False)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"a"', b"true", rb'"\u0000"'])
def test_a_body_must_be_an_object(body):
    assert refusal(decode_object, body) == (400, "parameter_invalid", "body")


def test_an_object_is_checked_unless_the_caller_does_it():
    body = rb'{"a":"\u0000"}'
    assert refusal(decode_object, body) == (400, "parameter_invalid", "a")
    assert decode_unchecked_object(body) == ({"a": "\x00"}, True)
    assert decode_unchecked_object(b'{"a":"b"}') == ({"a": "b"}, False)


def test_a_path_may_be_given_to_start_from():
    assert refusal(check_values, {"a": ["\x00"]}, "data[3]") == (
        400,
        "parameter_invalid",
        "data[3].a[0]",
    )
    check_values({"a": ["b", 1, None, 1.5, True]}, "data[3]")
