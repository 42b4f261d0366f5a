"""One request and its answer: headers judged once, the body within its limit, one way out."""

from __future__ import annotations

import ipaddress
import itertools
import logging
import os
import re
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

import pastense
from pastense.bucket import WINDOW_S
from pastense.errors import (
    ApiError,
    BadRequest,
    MediaTypeNotSupported,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    UriTooLong,
    VersionInvalid,
)
from pastense.limits import QUERY_BYTES_MAX, Limits
from pastense.model import AuditEntry, Json, Token, Workspace
from pastense.service.administration.access import Access, check_expiry
from pastense.versions import DEFAULT_VERSION, is_known
from pastense.web.errors import error_body
from pastense.web.state import State

Header = tuple[bytes, bytes]
JSON_TYPE: Final = (b"content-type", b"application/json; charset=utf-8")
BODY_HEADERS: Final = (
    JSON_TYPE,
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
"""What comes with every body: it may say something of a person, so nobody on the way keeps it, and
no browser takes it for anything but JSON."""
NO_BODY: Final = (b"content-length", b"0")
PASTENSE_HEADER: Final = (b"pastense", pastense.__version__.encode())
_SINGLE: Final = frozenset(
    (
        *(b"authorization", b"content-type", b"content-length", b"content-encoding"),
        *(b"intercom-version", b"host", b"x-forwarded-proto", b"x-forwarded-host"),
    )
)
"""Headers that may stand once: two of them could be read in two ways."""
_HOST = re.compile(rb"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_MEDIA_TYPE = re.compile(r"application/(?:[\w.\-]+\+)?json", re.ASCII | re.IGNORECASE)
_log = logging.getLogger("pastense.web")


class Disconnected(Exception):
    """The client went away before its request was whole."""


class RequestIds:
    """Ids in the form of a UUID: random for the process, counted within it."""

    def __init__(self) -> None:
        random = os.urandom(8).hex()
        self._start = f"{random[:8]}-{random[8:12]}-4{random[13:16]}-8"
        self._group = os.urandom(2).hex()[:3]
        self._numbers = itertools.count(int.from_bytes(os.urandom(4)))

    def next(self) -> str:
        """An id that no other request has."""
        return f"{self._start}{self._group}-{next(self._numbers):012x}"


class Answer(msgspec.Struct):
    """What a handler says: a status, a body that is JSON or nothing, further headers."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()


class Exchange:
    """One request on its way. `token`, and `limits` of its workspace, are set once the headers
    were judged."""

    __slots__ = (
        *("_receive", "_scope", "_send", "headers", "limits", "path_values", "rate_headers"),
        *("request_id", "state", "token", "version"),
    )

    def __init__(
        self, state: State, scope: Scope | None, receive: Receive, send: Send, request_id: str
    ) -> None:
        self.state = state
        self._scope = scope
        self.request_id = request_id
        self.version = DEFAULT_VERSION
        self.token: Token | None = None
        self.limits: Limits = state.limits
        self.headers: dict[bytes, bytes] = {}
        self.path_values: dict[str, Any] = {}
        self.rate_headers: tuple[Header, ...] = ()
        self._receive = receive
        self._send = send

    @property
    def scope(self) -> Scope:
        """What ASGI says of the request."""
        assert self._scope is not None, "given, or made by who knows the connection"
        return self._scope

    @property
    def workspace(self) -> Workspace:
        """The token's workspace."""
        assert self.token is not None, "authorize comes first"
        return self.token.workspace

    @property
    def actor(self) -> str:
        """Who asks, as the audit log names it."""
        assert self.token is not None, "authorize comes first"
        return f"token {self.token.number} ({self.token.name})"

    def audit(self, act: str, **detail: Json) -> AuditEntry:
        """An entry of the audit log about what this request does."""
        now = self.state.clock.now()
        return AuditEntry(self.workspace.number, now, self.actor, act, dict(detail))

    def path_value(self, name: str) -> str:
        """A value in the path, decoded."""
        return str(self.path_values[name])

    def judge_headers(self) -> None:
        """Read the headers that matter; raises `BadRequest` where one stands twice."""
        headers = self.headers
        for name, value in self.scope["headers"]:
            if name in _SINGLE:
                if name in headers:
                    field = name.decode().title()
                    raise BadRequest(f"Send the header {field} once", field)
                headers[name] = value
        host = headers.get(b"host")
        if host is None and self.scope["http_version"] == "1.1":
            raise BadRequest("Send a Host header", "Host")
        if host is not None and host and not _HOST.fullmatch(host):
            raise BadRequest("The Host header is not a host name", "Host")
        if len(self.scope["query_string"]) + len(self.scope["raw_path"]) > QUERY_BYTES_MAX:
            raise UriTooLong

    async def authorize(self, scope: str) -> None:
        """Find the token, count the call, find the version; raises `Unauthorized`,
        `RateLimited`, `VersionInvalid`, `Forbidden`, in this order."""
        authorization = self.headers.get(b"authorization")
        if authorization is None:
            raise Unauthorized
        access = await self.state.access(authorization)
        self.recognize(access)
        if access.limits.rate_limit_per_minute:
            await self._count_call(access.limits.rate_limit_per_minute)
        self.admit(access, scope)

    def recognize(self, access: Access) -> None:
        """The first step of `authorize`, once the token was found."""
        check_expiry(access, self.state.clock.now())
        self.token, self.limits = access.token, access.limits
        self.version = access.token.version

    def admit(self, access: Access, scope: str) -> None:
        """The last step of `authorize`, once the call was counted."""
        version = self.headers.get(b"intercom-version")
        if version is not None:
            self._use_version(version.decode("latin-1").strip())
        access.require(scope)

    def check_body(self, size: int, bytes_max: int | None = None) -> None:
        """Whether a body of so many bytes, of the type that its header says, will be read."""
        self._check_media_type()
        limit = self.limits.body_bytes_max if bytes_max is None else bytes_max
        if size > limit:
            raise PayloadTooLarge(f"The body must have at most {limit} bytes", "body")

    async def body(self, bytes_max: int | None = None) -> bytes:
        """The whole body, of `body_bytes_max` bytes unless said otherwise; raises
        `PayloadTooLarge` before it is read whole."""
        limit = self.limits.body_bytes_max if bytes_max is None else bytes_max
        self.check_body(int(self.headers.get(b"content-length", 0)), limit)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunk = message["body"]
            size += len(chunk)
            if size > limit:
                raise PayloadTooLarge(f"The body must have at most {limit} bytes", "body")
            if not message.get("more_body", False):
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)

    def headers_of(self, answer: Answer) -> list[Header]:
        """All headers of an answer, in the order in which they are sent."""
        headers = [
            (b"x-request-id", self.request_id.encode()),
            (b"intercom-version", self.version.encode()),
            PASTENSE_HEADER,
            *answer.headers,
        ]
        if self.rate_headers:
            headers += self.rate_headers
        if answer.body:
            headers += [*BODY_HEADERS, (b"content-length", str(len(answer.body)).encode())]
        else:
            headers.append(NO_BODY)
        return headers

    async def send(self, answer: Answer) -> None:
        """Send the answer whole."""
        headers = self.headers_of(answer)
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": answer.body})

    def failure(self, error: ApiError) -> Answer:
        """The error list that says it, as the API version knows it."""
        error = error.for_version(self.version)
        body = error_body(error.refusals, self.request_id)
        return Answer(error.status, body, tuple(error.headers))

    async def fail(self, error: ApiError) -> None:
        """Send an error list."""
        await self.send(self.failure(error))

    def base_url(self) -> str:
        """Where this server is reached: `public_url`, a trusted proxy's word, or the Host."""
        settings = self.state.settings
        if settings.public_url:
            return settings.public_url.rstrip("/")
        scheme, host = str(self.scope["scheme"]), self.headers.get(b"host", b"").decode("latin-1")
        if self._from_trusted_proxy():
            scheme, host = self._forwarded(scheme, host)
        if not host:
            address = self.scope.get("server") or ("127.0.0.1", settings.port)
            host = f"{address[0]}:{address[1]}"
        return f"{scheme}://{host}"

    async def _count_call(self, per_minute: int) -> None:
        now = self.state.clock.now()
        verdict = await self.state.rates.take(self.workspace.number, per_minute, now)
        self.rate_headers = (
            (b"x-ratelimit-limit", str(verdict.limit).encode()),
            (b"x-ratelimit-remaining", str(verdict.remaining).encode()),
            (b"x-ratelimit-reset", str(verdict.reset_at).encode()),
        )
        if not verdict.allowed:
            message = f"Exceeded rate limit of {verdict.limit} in {WINDOW_S}_seconds"
            raise RateLimited(message, retry_after_s=verdict.reset_at - now)

    def _use_version(self, version: str) -> None:
        if not is_known(version):
            raise VersionInvalid(None, "Intercom-Version")
        self.version = version

    def _check_media_type(self) -> None:
        """A missing Content-Type counts as JSON (decisions.md)."""
        media_type = self.headers.get(b"content-type", b"application/json")
        if media_type != b"application/json":
            essence = media_type.decode("latin-1").partition(";")[0].strip()
            if essence and not _MEDIA_TYPE.fullmatch(essence):
                raise MediaTypeNotSupported(None, "Content-Type")
        encoding = self.headers.get(b"content-encoding", b"identity")
        if encoding.strip().lower() not in (b"identity", b""):
            raise MediaTypeNotSupported(None, "Content-Encoding")

    def _from_trusted_proxy(self) -> bool:
        client: Any = self.scope.get("client")
        if not self.state.proxies or not client:
            return False
        address = ipaddress.ip_address(client[0])
        return any(address in network for network in self.state.proxies)

    def _forwarded(self, scheme: str, host: str) -> tuple[str, str]:
        """The first value of each X-Forwarded header, where it is one."""
        proto = self._first_value(b"x-forwarded-proto")
        forwarded = self._first_value(b"x-forwarded-host")
        if proto in (b"http", b"https"):
            scheme = proto.decode()
        if forwarded and _HOST.fullmatch(forwarded):
            host = forwarded.decode()
        return scheme, host

    def _first_value(self, name: bytes) -> bytes:
        return self.headers.get(name, b"").partition(b",")[0].strip()
