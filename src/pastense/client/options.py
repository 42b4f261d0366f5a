"""What a client is told once, and what one call may change."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import msgspec

import pastense
from pastense.client.messages import Timeout

INTERCOM_URL: Final = "https://api.intercom.io"
USER_AGENT: Final = f"pastense-python/{pastense.__version__}"
RETRIES_MAX_DEFAULT: Final = 2
TIMEOUT_MAX_S: Final = 86_400.0
"""A day: sockets and selectors take no number without end."""
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING: Final = frozenset(
    {"connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"}
)
"""What the transports say themselves: said twice, it ends a request in the wrong place."""
TimeoutLike = float | tuple[float, float] | Timeout


class ClientOptions(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Where a client sends to and how. `version` is the Intercom-Version that is asked for; None
    leaves it to the token. `max_retries` counts the further attempts after the first."""

    base_url: str
    token: str
    version: str | None = None
    timeout: Timeout = Timeout()
    max_retries: int = RETRIES_MAX_DEFAULT
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Without the token and the headers, which may be secret."""
        return f"ClientOptions(base_url={self.base_url!r}, version={self.version!r})"

    @cached_property
    def plain_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of a call that changes nothing and has no body."""
        return all_headers(self, CallOptions(), has_body=False)

    @cached_property
    def json_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of a call that changes nothing and has a body."""
        return all_headers(self, CallOptions(), has_body=True)


class CallOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What one call changes; None leaves the client's own."""

    token: str | None = None
    version: str | None = None
    timeout: Timeout | None = None
    max_retries: int | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Without the token and the headers, which may be secret."""
        return f"CallOptions(version={self.version!r}, max_retries={self.max_retries!r})"


def all_headers(
    client: ClientOptions, call: CallOptions, *, has_body: bool
) -> tuple[tuple[str, str], ...]:
    """The headers of a request; what the call says wins over what the client says."""
    headers = {
        "Authorization": bearer(call.token or client.token),
        "Accept": "application/json",
        # Answers are small; unpacking them would cost more than it saves.
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
    }
    version = call.version or client.version
    if version is not None:
        headers["Intercom-Version"] = version
    if has_body:
        headers["Content-Type"] = "application/json"
    for name, value in (*client.headers, *call.headers):
        headers = {n: v for n, v in headers.items() if n.lower() != name.lower()} | {name: value}
    return tuple(headers.items())


def read_client_options(
    base_url: str,
    token: str,
    *,
    version: str | None = None,
    timeout: TimeoutLike | None = None,
    max_retries: int = RETRIES_MAX_DEFAULT,
    headers: Mapping[str, str] | None = None,
) -> ClientOptions:
    """Options as a caller gives them, checked. Raises `ValueError` with a sentence."""
    return ClientOptions(
        base_url=_read_base_url(base_url),
        token=_read_header("token", token),
        version=None if version is None else _read_header("version", version),
        timeout=Timeout() if timeout is None else read_timeout(timeout),
        max_retries=_read_retries(max_retries),
        headers=_read_headers(headers),
    )


def read_call_options(
    *,
    token: str | None = None,
    version: str | None = None,
    timeout: TimeoutLike | None = None,
    max_retries: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> CallOptions:
    """What one call changes, checked. Raises `ValueError` with a sentence."""
    return CallOptions(
        token=None if token is None else _read_header("token", token),
        version=None if version is None else _read_header("version", version),
        timeout=None if timeout is None else read_timeout(timeout),
        max_retries=None if max_retries is None else _read_retries(max_retries),
        headers=_read_headers(headers),
    )


def read_timeout(value: TimeoutLike) -> Timeout:
    """Seconds for everything, or a pair (connect, read)."""
    if isinstance(value, Timeout):
        value = (value.connect_s, value.read_s)
    pair: tuple[float, ...] = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(_is_number(seconds) for seconds in pair):
        raise TypeError("timeout must be seconds, or a pair (connect, read) of seconds")
    if not all(math.isfinite(seconds) and 0 < seconds <= TIMEOUT_MAX_S for seconds in pair):
        raise ValueError(f"timeout must be more than 0 and at most {TIMEOUT_MAX_S:.0f} seconds")
    return Timeout(float(pair[0]), float(pair[1]))


def bearer(token: str) -> str:
    """The Authorization header of a token."""
    return f"Bearer {token}"


def basic(username: str, password: str = "") -> str:
    """The Authorization header of the older SDKs, the token as user name."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _read_base_url(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError("base_url must be a text such as https://api.intercom.io")
    # No sentence here shows the value: who mixes the parameters up has put the token there.
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("base_url must begin with http:// or https:// and name a host")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("base_url must have no query, no fragment, no user name and no password")
    if not value.isprintable() or " " in value or not parts.path.isascii():
        raise ValueError("base_url must hold no spaces or line breaks, its path percent-encoded")
    return value.rstrip("/")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_retries(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("max_retries must be a whole number from 0 on")
    return value


def _read_headers(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((_read_name(n), _read_header(n, v)) for n, v in (headers or {}).items())


def _read_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a header")
    if name.lower() in _FRAMING:
        raise ValueError(f"The header {name} is for the client to say; leave it out")
    return name


def _read_header(name: str, value: str) -> str:
    """A text that may stand in a header: printable ASCII, which everybody reads alike."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text")
    # The sentences do not show the value: it may be secret.
    if not (value and value.isascii() and value.isprintable()):
        raise ValueError(f"{name} must be printable ASCII, without line breaks")
    if value != value.strip():
        raise ValueError(f"{name} must not begin or end with a space")
    return value
