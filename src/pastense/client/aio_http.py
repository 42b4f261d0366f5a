"""The asynchronous transport: `aiohttp`, with a session of its own for each event loop."""

from __future__ import annotations

import asyncio
import io
import os
from typing import Final

import aiohttp
from yarl import URL

from pastense.client.messages import Headers, Request, Response, Timeout
from pastense.client.route import ANSWER_BYTES_MAX, Route, words
from pastense.errors import NoAnswer

_ADDED_BY_AIOHTTP: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""Headers that would be sent though nobody gave them: both transports send the same."""
_SENT_AT_ONCE_BYTES_MAX: Final = 512 * 1024
"""A longer body is sent in pieces, so that the event loop goes on meanwhile."""
_IDLE_S: Final = 60.0
_of_parents: Final[list[object]] = []
"""Sessions that a parent process had open at a fork. They are kept: if they were collected, they
would take the parent's connections out of its event loop."""


class AioTransport:
    """Sends to one server, from any number of tasks and event loops. After a fork the child opens
    connections of its own."""

    def __init__(
        self, base_url: str, *, proxy: str | None = None, ca_file: str | None = None
    ) -> None:
        self._route = Route(base_url, proxy=proxy, ca_file=ca_file)
        self._pid = os.getpid()
        self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    async def send(self, request: Request) -> Response:
        """The answer, read whole. Raises `ConnectionFailed` and `TimedOut`, and `ValueError` where
        a header or the target holds what would end its line."""
        url = URL(self._route.origin + self._route.path(request.target), encoded=True)
        try:
            return await self._exchange(url, request)
        except (aiohttp.ClientError, OSError) as error:
            raise self._no_answer(error, request.timeout) from error

    async def close(self) -> None:
        """Close the idle connections, those of other event loops as soon as these come to it.
        The transport may be used again."""
        sessions, self._sessions = self._sessions, {}
        here = asyncio.get_running_loop()
        for loop, session in sessions.items():
            if loop is here or loop.is_closed():
                await session.close()
            else:
                asyncio.run_coroutine_threadsafe(session.close(), loop)

    async def _exchange(self, url: URL, request: Request) -> Response:
        route, timeout = self._route, request.timeout
        session = self._sessions.get(asyncio.get_running_loop())
        if session is None or session.closed or os.getpid() != self._pid:
            session = await self._open_session()
        # The library waits for each silence while it reads, but without end while it writes.
        async with asyncio.timeout(timeout.connect_s + 2 * timeout.read_s):
            answer = await session.request(
                request.method,
                url,
                data=_sendable(request.body),
                headers=(*request.headers, *(route.proxy_headers if route.is_forwarded else ())),
                timeout=_library_timeout(timeout),
                allow_redirects=False,
                proxy=f"http://{route.proxy.authority}" if route.proxy else None,
                proxy_headers=dict(route.proxy_headers),
            )
        async with answer:
            body = await _read(answer.content)
            pairs = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in answer.raw_headers]
            return Response(answer.status, Headers(pairs), body, answer.reason or "")

    async def _open_session(self) -> aiohttp.ClientSession:
        """A session for the running event loop. Those of loops that have ended go."""
        if os.getpid() != self._pid:
            _of_parents.append(self._sessions)
            self._sessions, self._pid = {}, os.getpid()
        for loop in [loop for loop in self._sessions if loop.is_closed()]:
            await self._sessions.pop(loop).close()
        session = self._sessions[asyncio.get_running_loop()] = _new_session(self._route)
        return session

    def _no_answer(self, error: Exception, timeout: Timeout) -> NoAnswer:
        route = self._route
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return route.unconnected(timeout.connect_s)
        if isinstance(error, TimeoutError):
            return route.silent(timeout.read_s)
        if isinstance(error, aiohttp.ClientConnectorError):
            return route.unreachable(words(error.os_error))
        if isinstance(error, aiohttp.ClientHttpProxyError):
            refusal = f"{error.status} {error.message}"
            return route.unreachable(f"the proxy opened no tunnel: {refusal}".strip())
        # The library's own words may name the address, and the address a person.
        said = error.message if isinstance(error, aiohttp.ClientResponseError) else words(error)
        return route.broken(said)


def _new_session(route: Route) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0, keepalive_timeout=_IDLE_S, ssl=route.tls if route.is_tls else True
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_ADDED_BY_AIOHTTP,
        auto_decompress=False,
    )
    # It would send a GET once more of its own accord; how often a call is tried is ours to say.
    session._retry_connection = False  # noqa: SLF001 (there is no public way)
    return session


def _library_timeout(timeout: Timeout) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=timeout.connect_s, sock_read=timeout.read_s)


def _sendable(body: bytes | None) -> bytes | io.BytesIO | None:
    return body if body is None or len(body) <= _SENT_AT_ONCE_BYTES_MAX else io.BytesIO(body)


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The body, which is read in pieces so that it cannot grow beyond all bounds."""
    chunks, size_bytes = [], 0
    async for chunk in content.iter_any():
        chunks.append(chunk)
        size_bytes += len(chunk)
        if size_bytes > ANSWER_BYTES_MAX:
            raise aiohttp.ClientPayloadError(f"the answer is over {ANSWER_BYTES_MAX:,} bytes")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
