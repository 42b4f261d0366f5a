"""The target of a webhook: its URL taken apart, its name looked up, its addresses judged.

What is judged is the very address that is connected to, so that a name that leads elsewhere
a moment later gains nothing. Source: decisions.md "Webhooks".
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from queue import Empty, SimpleQueue
from typing import Final

import msgspec

from pastense.limits import WEBHOOK_URL_CHARACTERS_MAX
from pastense.service.webhooks.addresses import is_global

LOOKUP_THREADS_MAX: Final = 16
"""Look-ups of names at once: one that hangs cannot be ended, and must not be many."""
_URL: Final = re.compile(r"(https?)://([^/?#]+)((?:[/?].*)?)", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_.\-]*[a-z0-9_.])?", re.ASCII | re.IGNORECASE)
_NAME_CHARACTERS_MAX: Final = 253
_PORTS: Final = {"http": 80, "https": 443}
_lookups = threading.BoundedSemaphore(LOOKUP_THREADS_MAX)


class TargetRefused(Exception):
    """The URL cannot be sent to, or must not be; the message says why in a sentence."""


class Target(msgspec.Struct, frozen=True):
    """A URL taken apart. `host` is a name or an address without brackets; `authority` is what
    the Host header says; `path` is what stands in the request line."""

    is_secure: bool
    host: str
    port: int
    authority: str
    path: str


def parse_target(url: str) -> Target:
    """Take a URL apart; raises `TargetRefused` with a sentence for whoever gave it."""
    if len(url) > WEBHOOK_URL_CHARACTERS_MAX:
        raise TargetRefused(f"url must have at most {WEBHOOK_URL_CHARACTERS_MAX} characters")
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        message = "url must be plain: percent-encode its path, write the host as xn--"
        raise TargetRefused(message)
    if "#" in url:
        raise TargetRefused("url must not have a fragment: it would never be sent")
    found = _URL.fullmatch(url)
    if found is None:
        raise TargetRefused("url must begin with https:// or http:// and name a host")
    scheme, authority, path = found[1].lower(), found[2], found[3]
    if "@" in authority:
        message = "url must not hold a user or a password; check hub_secret's signature instead"
        raise TargetRefused(message)
    host, port = _host_and_port(authority, _PORTS[scheme])
    path = path if path.startswith("/") else f"/{path}"
    return Target(scheme == "https", host, port, authority, path)


def find_addresses(target: Target, *, private: bool, timeout_s: float) -> list[str]:
    """The addresses that the target's name leads to now, in the order to try them.

    Raises `TargetRefused` where there are none, or where one of them is not a global address
    and `private` ones are not allowed.
    """
    found = _look_up(target.host, target.port, timeout_s)
    for address in found:
        if not private and not is_global(ipaddress.ip_address(address)):
            raise TargetRefused(
                f"url leads to {address}, which is not a public address; "
                "set webhook_private_targets to allow that for development"
            )
    return found


def _host_and_port(netloc: str, default_port: int) -> tuple[str, int]:
    if netloc.startswith("["):
        host, bracket, rest = netloc[1:].partition("]")
        is_host = bool(bracket) and _is_address_6(host)
    else:
        host, _, rest = netloc.partition(":")
        rest = f":{rest}" if ":" in netloc else ""
        is_host = bool(_NAME.fullmatch(host)) and len(host) <= _NAME_CHARACTERS_MAX
    if not is_host:
        raise TargetRefused("url must name a host: a name, an IPv4 address or an [IPv6 address]")
    if not rest:
        return host, default_port
    digits = rest[1:]
    if rest[0] != ":" or not re.fullmatch("[0-9]{1,5}", digits) or not 1 <= int(digits) <= 65_535:
        raise TargetRefused("url must name a port from 1 to 65535, or none")
    return host, int(digits)


def _is_address_6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _look_up(host: str, port: int, timeout_s: float) -> list[str]:
    """Ask the system for the addresses of a name, for no longer than that. The system's call
    cannot be ended, so it has a thread of its own."""
    if not _lookups.acquire(timeout=timeout_s):
        raise TargetRefused("too many host names are being looked up; try again")
    answer: SimpleQueue[list[str] | OSError] = SimpleQueue()
    threading.Thread(target=_ask, args=(host, port, answer), name="lookup", daemon=True).start()
    try:
        found = answer.get(timeout=timeout_s)
    except Empty:
        found = TimeoutError()
    if isinstance(found, OSError) or not found:
        raise TargetRefused(f"the host {host} is not known to the name service now")
    return found


def _ask(host: str, port: int, answer: SimpleQueue[list[str] | OSError]) -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answer.put(list(dict.fromkeys(str(row[4][0]) for row in rows)))
    except (OSError, UnicodeError) as error:
        answer.put(error if isinstance(error, OSError) else OSError(str(error)))
    finally:
        _lookups.release()
