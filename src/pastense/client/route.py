"""Where requests go: the server, what leads to it (TLS, a proxy), and what the environment says."""

from __future__ import annotations

import re
import ssl
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from pastense.client.options import basic
from pastense.errors import ConnectionFailed, TimedOut

PORTS: Final = {"http": 80, "https": 443}
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""No answer of this API comes near; more would be somebody's fault and our memory."""
IDLE_CONNECTIONS_MAX: Final = 20
"""How many connections a transport keeps while nobody uses them."""
_TARGET: Final = re.compile(r"/[!-~]*")


class Proxy(NamedTuple):
    """An HTTP proxy; `authorization` is the header it asks for, None where it needs none."""

    host: str
    port: int
    authorization: str | None

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        return authority(self.host, self.port)


class Route:
    """The way to one server. Plain HTTP goes through a proxy with the whole address as its target,
    TLS through a tunnel that the proxy opens (CONNECT)."""

    def __init__(
        self, base_url: str, *, proxy: str | None = None, ca_file: str | None = None
    ) -> None:
        parts = urlsplit(base_url)
        self.is_tls = parts.scheme == "https"
        self.host = _ascii_host(parts)
        self.port = parts.port or PORTS[parts.scheme]
        self.origin = f"{parts.scheme}://{authority(self.host, parts.port)}"
        self.proxy = find_proxy(parts, proxy)
        self.label = self._label()
        self.is_forwarded = self.proxy is not None and not self.is_tls
        """Whether a proxy reads the requests themselves."""
        self._path = parts.path.rstrip("/")
        self._ca_file = _checked_ca_file(ca_file)

    def path(self, target: str) -> str:
        """The target of a request behind the path of the server. Raises `ValueError` where it
        holds what would end its line."""
        if not _TARGET.fullmatch(target):
            raise ValueError("A path begins with / and is percent-encoded ASCII")
        return self._path + target

    @property
    def proxy_headers(self) -> tuple[tuple[str, str], ...]:
        """What the proxy is told beside each request, or once for a tunnel."""
        if self.proxy is None or self.proxy.authorization is None:
            return ()
        return (("Proxy-Authorization", self.proxy.authorization),)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Certificates are checked, with the system's authorities (SSL_CERT_FILE and SSL_CERT_DIR
        of the environment are theirs) or those of `ca_file`. Made on first use: it reads files."""
        return ssl.create_default_context(cafile=self._ca_file)

    def unreachable(self, cause: object) -> ConnectionFailed:
        """The error of a connection that could not be made."""
        return ConnectionFailed(f"No connection to {self.label}: {cause}")

    def unconnected(self, waited_s: float) -> TimedOut:
        """The error of a connection that was not there in time."""
        return TimedOut(f"No connection to {self.label} within {waited_s:g} s")

    def broken(self, cause: object) -> ConnectionFailed:
        """The error of a connection that ended before the answer was whole."""
        return ConnectionFailed(f"The connection to {self.label} broke: {cause}")

    def silent(self, waited_s: float) -> TimedOut:
        """The error of an answer that did not come in time."""
        return TimedOut(f"{self.label} did not answer within {waited_s:g} s")

    def _label(self) -> str:
        """How an error calls the server; never with a password."""
        server = authority(self.host, self.port)
        return (
            server if self.proxy is None else f"{server} through the proxy {self.proxy.authority}"
        )


def words(error: BaseException) -> str:
    """What an error says, without its number."""
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


def find_proxy(server: SplitResult, given: str | None) -> Proxy | None:
    """The proxy that is given, else the one that the environment or the system names for the
    server's scheme, or for all (ALL_PROXY), unless NO_PROXY names the server; these are read as
    Python's own `urllib.request` reads them. An empty `given` means no proxy at all."""
    if given is not None:
        return _read_proxy(given, "proxy") if given else None
    proxies = getproxies()
    name = server.scheme if proxies.get(server.scheme) else "all"
    value = proxies.get(name)
    if not value or proxy_bypass(server.netloc) or proxy_bypass(server.hostname or ""):
        return None
    return _read_proxy(value, f"{name.upper()}_PROXY")


def authority(host: str, port: int | None) -> str:
    """Host and port as they stand in an address, without a port the host alone."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _read_proxy(value: str, name: str) -> Proxy:
    parts = urlsplit(value if "://" in value else f"http://{value}")
    try:
        port = PORTS["http"] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port:
        # The value is not shown: it may hold a password.
        raise ValueError(f"{name} must be an HTTP proxy such as http://proxy.example:3128")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(parts.hostname, port, basic(user, password) if user or password else None)


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"base_url names a host that cannot be one: {host!r}") from None


def _checked_ca_file(path: str | None) -> str | None:
    if path is not None and not Path(path).is_file():
        raise ValueError(f"ca_file must be a file of certificates in PEM form: {path!r}")
    return path
