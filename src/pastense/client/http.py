"""The synchronous transport: `http.client` over connections that are kept and shared by threads."""

from __future__ import annotations

import codecs
import http.client
import os
import socket
import ssl

from pastense.client.messages import Headers, Request, Response
from pastense.client.route import ANSWER_BYTES_MAX, IDLE_CONNECTIONS_MAX, Route, words
from pastense.errors import NoAnswer

# A thread that loads a module while another one forks leaves the module's lock taken in the child
# for ever, and the child's first call would wait for it. So all that a call needs is loaded before
# there is one; the only thing that nothing else loads is what sockets encode names with.
codecs.lookup("idna")


class HttpTransport:
    """Sends to one server. Connections that are idle are kept, the latest used first.

    Safe for threads: a connection belongs to one of them at a time. After a fork the child opens
    connections of its own. A transport that is forgotten closes its connections silently.
    """

    def __init__(
        self, base_url: str, *, proxy: str | None = None, ca_file: str | None = None
    ) -> None:
        # Appending to a list and popping from it are single steps, so no lock is needed.
        self._idle: list[_Connection] = []
        self._pid = os.getpid()
        self._route = Route(base_url, proxy=proxy, ca_file=ca_file)

    def send(self, request: Request) -> Response:
        """The answer, read whole. Raises `ConnectionFailed` and `TimedOut`, and `ValueError` where
        a header or the target holds what would end its line."""
        connection = self._take() or self._connect(request.timeout.connect_s)
        try:
            response = connection.exchange(request)
        except BaseException as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise self._route.silent(request.timeout.read_s) from error
            if isinstance(error, OSError | http.client.HTTPException):
                raise self._route.broken(words(error)) from error
            raise
        self._give_back(connection)
        return response

    def close(self) -> None:
        """Close the idle connections. The transport may be used again."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __del__(self) -> None:
        self.close()

    def _take(self) -> _Connection | None:
        """An idle connection that the server has not closed."""
        if os.getpid() != self._pid:
            # The parent goes on with the connections; closing our copies does not touch them.
            self.close()
            self._pid = os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not connection.is_spent():
                return connection
            connection.close()

    def _connect(self, timeout_s: float) -> _Connection:
        try:
            return _Connection(self._route, timeout_s, self._idle)
        except (OSError, http.client.HTTPException) as error:
            raise self._unconnected(error, timeout_s) from error

    def _unconnected(self, error: Exception, timeout_s: float) -> NoAnswer:
        if isinstance(error, TimeoutError):
            return self._route.unconnected(timeout_s)
        return self._route.unreachable(words(error))

    def _give_back(self, connection: _Connection) -> None:
        # After a close there is another list: what was opened before it is not kept.
        kept = connection.home is self._idle and len(self._idle) < IDLE_CONNECTIONS_MAX
        if kept and connection.is_open:
            self._idle.append(connection)
        else:
            connection.close()


class _Connection:
    """One open connection; `home` is the list it goes back to."""

    __slots__ = ("_forwarded", "_http", "_origin", "_route", "_socket", "home")

    def __init__(self, route: Route, timeout_s: float, home: list[_Connection]) -> None:
        self.home = home
        self._route = route
        self._http = _unopened(route, timeout_s)
        # A proxy that reads the requests itself is given whole addresses, and who we are.
        self._origin = route.origin if route.is_forwarded else ""
        self._forwarded = route.proxy_headers if route.is_forwarded else ()
        try:
            self._http.connect()
        except BaseException:
            self._http.close()
            raise
        self._socket: socket.socket = self._http.sock

    @property
    def is_open(self) -> bool:
        """Whether another request may follow: where the server will close, the library has."""
        return self._http.sock is not None

    def exchange(self, request: Request) -> Response:
        """Send a request and read its answer."""
        self._socket.settimeout(request.timeout.read_s)
        target = self._origin + self._route.path(request.target)
        headers = dict((*request.headers, *self._forwarded))
        try:
            self._http.request(request.method, target, request.body, headers)
        except (BrokenPipeError, ConnectionResetError) as error:
            # A server that refuses early closes while we write; its answer may still be there.
            try:
                return self._receive()
            except (OSError, http.client.HTTPException):
                raise error from None
        return self._receive()

    def is_spent(self) -> bool:
        """Whether an idle connection cannot be used: the server closed it, or sent what nobody
        asked for. What TLS sends of its own accord is read and does not count."""
        try:
            self._socket.settimeout(0)
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Close it; doing so twice is fine."""
        self._http.close()

    def _receive(self) -> Response:
        with self._http.getresponse() as answer:
            body = answer.read(ANSWER_BYTES_MAX + 1)
            if len(body) > ANSWER_BYTES_MAX:
                raise http.client.HTTPException(f"the answer is over {ANSWER_BYTES_MAX:,} bytes")
            if answer.length:
                raise http.client.IncompleteRead(body, answer.length)
            if not body and _is_cut(answer):
                raise http.client.HTTPException("the answer was cut off")
            return Response(answer.status, Headers(answer.getheaders()), body, answer.reason)


def _is_cut(answer: http.client.HTTPResponse) -> bool:
    """Whether the connection ended within the head, where the library sees a whole one: nothing
    says how long the body is, and nothing that it ends with the connection."""
    says_length = answer.chunked or answer.length is not None
    says_end = answer.version == 10 or answer.getheader("connection", "").lower() == "close"
    return not says_length and not says_end


def _unopened(route: Route, timeout_s: float) -> http.client.HTTPConnection:
    """The library's connection by way of the route; it is opened by `connect`."""
    host, port = (route.proxy.host, route.proxy.port) if route.proxy else (route.host, route.port)
    if not route.is_tls:
        return http.client.HTTPConnection(host, port, timeout=timeout_s)
    connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=route.tls)
    if route.proxy is not None:
        connection.set_tunnel(route.host, route.port, dict(route.proxy_headers))
    return connection
