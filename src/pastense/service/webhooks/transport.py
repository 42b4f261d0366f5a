"""Send one request to one receiver: to an address that was judged, within one deadline.

No redirect is followed and no proxy is asked. The deadline holds for all of it, from the
look-up of the name to the end of the headers, however slowly the receiver drips its bytes.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final

import msgspec

from pastense.service.webhooks.connection import Connection, connect, seconds_left
from pastense.service.webhooks.targets import (
    Target,
    TargetRefused,
    find_addresses,
    parse_target,
)

ADDRESSES_TRIED_MAX: Final = 3


class Reply(msgspec.Struct, frozen=True):
    """How a receiver answered: its HTTP status, or None and the problem where it did not.

    `problem` is a short sentence without anything of the notification or of the answer.
    """

    status: int | None
    problem: str | None
    duration_s: float = 0.0

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.problem is None


class Sender:
    """Sends requests one after the other; keeps its last connection for the next one."""

    def __init__(self, *, private_targets: bool, timeout_s: float) -> None:
        self._private_targets = private_targets
        self._timeout_s = timeout_s
        self._tls: ssl.SSLContext | None = None
        self._kept: Connection | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a JSON body; what went wrong is in the reply, nothing is raised for it."""
        begun = time.monotonic()
        deadline = begun + self._timeout_s
        try:
            status = self._send(parse_target(url), body, headers, deadline)
            problem = status_problem(status)
        except (TargetRefused, OSError, http.client.HTTPException, ValueError) as error:
            status, problem = None, self._words(error)
        return Reply(status, problem, time.monotonic() - begun)

    def close(self) -> None:
        """Close the connection that is kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _send(
        self, target: Target, body: bytes, headers: Mapping[str, str], deadline: float
    ) -> int:
        kept = self._take_kept(target)
        if kept is not None:
            try:
                return self._exchange(kept, body, headers, deadline)
            except (ConnectionError, ssl.SSLError, http.client.HTTPException):
                # The receiver closed it meanwhile; whether it took the request nobody knows.
                pass
        return self._exchange(self._connect(target, deadline), body, headers, deadline)

    def _take_kept(self, target: Target) -> Connection | None:
        kept, self._kept = self._kept, None
        if kept is not None and not kept.serves(target):
            kept.close()
            return None
        return kept

    def _connect(self, target: Target, deadline: float) -> Connection:
        """A new connection to the first address that answers."""
        addresses = find_addresses(
            target, private=self._private_targets, timeout_s=seconds_left(deadline)
        )
        tried = addresses[:ADDRESSES_TRIED_MAX]
        problem = OSError()
        for index, address in enumerate(tried):
            share_s = seconds_left(deadline) / (len(tried) - index)
            try:
                raw = connect(address, target.port, share_s)
            except OSError as error:
                problem = error
                continue
            return Connection(target, self._wrap(raw, target, deadline))
        raise problem

    def _wrap(self, raw: socket.socket, target: Target, deadline: float) -> socket.socket:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not target.is_secure:
            return raw
        try:
            if self._tls is None:
                self._tls = ssl.create_default_context()
            raw.settimeout(seconds_left(deadline))
            return self._tls.wrap_socket(raw, server_hostname=target.host.rstrip("."))
        except BaseException:
            raw.close()
            raise

    def _exchange(
        self, connection: Connection, body: bytes, headers: Mapping[str, str], deadline: float
    ) -> int:
        try:
            status, reusable = connection.post(body, headers, deadline)
        except BaseException:
            connection.close()
            raise
        if reusable:
            self._kept = connection
        else:
            connection.close()
        return status

    def _words(self, error: Exception) -> str:
        """What went wrong, for whoever set the receiver up."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout_s:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted: {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return f"TLS failed: {error.reason or 'the connection broke'}"
        if isinstance(error, TargetRefused):
            return str(error)
        if isinstance(error, OSError):
            return f"no connection: {error.strerror or 'it broke'}"
        return "the answer is not HTTP"


def status_problem(status: int) -> str | None:
    """What is wrong with an answer's status; None for all that begin with 2."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"HTTP {status}: redirects are not followed"
    return f"HTTP {status}"
