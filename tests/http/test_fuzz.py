"""Mutated requests, byte for byte: never a 5xx, never a hang, no error in the log.

The suite sends a few thousand; `make torture` sends many (PASTENSE_TEST_FUZZ_REQUESTS).
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import socket
from collections import Counter

import pytest

from tests.support.inprocess import NOW, InProcess

REQUESTS = int(os.environ.get("PASTENSE_TEST_FUZZ_REQUESTS", "3000"))
BODIES = (
    {
        "event_name": "a",
        "created_at": NOW,
        "user_id": "u1",
        "metadata": {"a": 1, "price": {"amount": 1, "currency": "eur"}, "link": "http://x"},
    },
    {"user": {"user_id": "u1"}, "data": [{"event_name": "b", "created": NOW}, {"user": {}}]},
    {
        "user_id": "u1",
        "event_summaries": [{"event_name": "a", "count": 3, "first": 5, "last": 9}],
    },
    {"role": "lead", "email": "z@z.z", "custom_attributes": {"a": 1.5}, "owner_id": 5},
    {
        "query": {
            "operator": "AND",
            "value": [
                {"field": "created_at", "operator": ">", "value": "5"},
                {"field": "custom_attributes.a", "operator": "IN", "value": [1, "x", True]},
            ],
        },
        "sort": {"field": "name", "order": "ascending"},
        "pagination": {"per_page": 2, "starting_after": None},
    },
)
PATHS = (
    *("/events", "/events/", "/events/summaries", "/contacts", "/contacts/search", "/me"),
    "/events?type=user&user_id=u1&per_page=3&before=1.5&since=2",
    "/events?type=user&filter[user_id]=u1&summary=true",
    "/contacts?per_page=5&starting_after=WzUsMV0",
    "/contacts/find_by_external_id/u1",
)
VALUES = (
    *(None, True, -1, 0, 2**63, 1e308, -0.0, "", "\x00", "\ud800", "é" * 300, [], {}, [[]]),
    *("9" * 30, 10**30, "null", "\u2003\x1f5", float("inf"), "--5", "%", "\\", '"', {"a": {}}),
)
HEADERS = (
    *("X: y", "Content-Type: text/plain", "Host: a b", "Authorization: Basic Og=="),
    *("Transfer-Encoding: chunked", "Intercom-Version: 9", "Content-Length: 5"),
    *("Expect: 100-continue", "Upgrade: h2c\r\nConnection: upgrade", "Accept: nothing/known"),
)


def mutate(chance: random.Random, value: object) -> object:
    """The value with one thing in it replaced, renamed or taken further."""
    if isinstance(value, dict) and value and chance.random() > 0.25:
        changed = dict(value)
        key = chance.choice(list(changed))
        if chance.random() < 0.2:
            changed[chance.choice(["a\x00", "", "é", "x" * 500])] = changed.pop(key)
        else:
            changed[key] = mutate(chance, changed[key])
        return changed
    if isinstance(value, list) and value and chance.random() > 0.25:
        index = chance.randrange(len(value))
        return [mutate(chance, v) if i == index else v for i, v in enumerate(value)]
    return chance.choice(VALUES)


def body_of(chance: random.Random) -> bytes:
    """A body that was right once."""
    value: object = chance.choice(BODIES)
    for _ in range(chance.randrange(3)):
        value = mutate(chance, value)
    body = bytearray(json.dumps(value).encode())
    if chance.random() < 0.1:
        for _ in range(chance.randrange(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def request_of(chance: random.Random, token: str) -> bytes:
    """A whole request, perhaps with a spoiled target, header or end."""
    body, path = body_of(chance), chance.choice(PATHS)
    if chance.random() < 0.2:
        at = chance.randrange(len(path))
        spoiled = chance.choice(["%00", "%ff", "?", "&", "=", "/", "#", "é", "%2F", " "])
        path = path[:at] + spoiled + path[at + 1 :]
    headers = ["Host: x", f"Authorization: Bearer {token}", f"Content-Length: {len(body)}"]
    if chance.random() < 0.1:
        headers[chance.randrange(len(headers))] = chance.choice(HEADERS)
    method = chance.choice(["POST", "POST", "POST", "GET", "GET", "PUT", "HEAD", "OPTIONS"])
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *headers, "Connection: close", "", ""])
    request = head.encode() + body
    whole = chance.random() > 0.05
    return request if whole else request[: chance.randrange(1, len(request))]


def exchange(port: int, request: bytes) -> bytes:
    """Send the bytes and close that half; everything that comes back."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
    return answer


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_requests(server: InProcess, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(REQUESTS // 2):
        request = request_of(chance, server.secret)
        answer = exchange(server.port, request)
        for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer):
            assert status < b"500", (request, answer)
            seen[status.decode()] += 1
    assert {"200", "202", "400", "404", "405"} <= set(seen), "the fuzz reaches all kinds"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert server.post_event(event_name="still alive").status == 202
