"""Load on a server from many connections, until the server is killed under it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable

from tests.crash.ledger import Ledger
from tests.crash.plan import Plan, Submission

CONNECTIONS = 24
REACH_TIMEOUT_S = 30.0
OVERLOAD_PAUSE_S = 0.02
KILL_DELAY_MAX_S = 0.03

Answer = tuple[int, dict[str, str], bytes]


class Connection:
    """One keep-alive HTTP/1.1 connection; every failure of it is a ConnectionError."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = (
            "POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: "
        ).encode()

    async def __aenter__(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def post(self, body: bytes) -> Answer:
        """Send one request and wait for its whole answer."""
        self._writer.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        try:
            await self._writer.drain()
            status, headers = read_head(await self._reader.readuntil(b"\r\n\r\n"))
            return status, headers, await self._reader.readexactly(int(headers["content-length"]))
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("the answer was cut off") from error


def read_head(head: bytes) -> tuple[int, dict[str, str]]:
    """The status and the headers, names in lower case."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines if line)
    return int(first.split(" ", 2)[1]), {name.lower(): value.strip() for name, value in pairs}


class Load:
    """One cycle's load: 24 clients that send, wait for the answer and write the books."""

    def __init__(self, port: int, token: str, plan: Plan, ledger: Ledger, cycle: int) -> None:
        self._port = port
        self._token = token
        self._plan = plan
        self._ledger = ledger
        self._cycle = cycle
        self._target = 0
        self._reached = asyncio.Event()

    async def run(self, acknowledgements: int, kill: Callable[[], None]) -> None:
        """Kill the server some moments after so many requests were acknowledged."""
        self._target = self._ledger.requests_acknowledged + acknowledgements
        clients = [asyncio.create_task(self._client()) for _ in range(CONNECTIONS)]
        killer = asyncio.create_task(self._kill_when_reached(kill))
        try:
            await asyncio.gather(killer, *clients)
        finally:
            for task in (killer, *clients):
                task.cancel()

    async def _kill_when_reached(self, kill: Callable[[], None]) -> None:
        await asyncio.wait_for(self._reached.wait(), REACH_TIMEOUT_S)
        # The moment within a group's life differs from cycle to cycle.
        await asyncio.sleep(random.uniform(0, KILL_DELAY_MAX_S))
        kill()

    async def _client(self) -> None:
        async with Connection(self._port, self._token) as connection:
            while await self._send_one(connection):
                pass

    async def _send_one(self, connection: Connection) -> bool:
        """One request; False once the server is gone."""
        retry = self._ledger.to_retry
        submission = retry.popleft() if retry else self._plan.submission(self._cycle)
        self._ledger.note_sent(submission)
        try:
            answer = await connection.post(submission.body)
        except ConnectionError:
            self._ledger.note_cut_off(submission)
            return False
        await self._note_answer(submission, answer)
        return True

    async def _note_answer(self, submission: Submission, answer: Answer) -> None:
        if answer[0] == 503:
            assert int(answer[1]["retry-after"]) >= 0
            self._ledger.note_overloaded(submission)
            await asyncio.sleep(OVERLOAD_PAUSE_S)
            return
        check_answer(submission, answer)
        self._ledger.note_acknowledged(submission)
        if self._ledger.requests_acknowledged >= self._target:
            self._reached.set()


def check_answer(submission: Submission, answer: Answer) -> None:
    """The answer is the one that this submission must get, and says all events are stored."""
    status, headers, body = answer
    if submission.strangers:
        codes = [error["code"] for error in json.loads(body)["errors"]]
        assert (status, codes) == (422, ["not_found"] * submission.strangers), answer
    else:
        assert (status, body) == (202, b""), answer
    if "pastense-stored" in headers:
        counted = int(headers["pastense-stored"]) + int(headers["pastense-duplicates"])
        assert counted == len(submission.events), answer
