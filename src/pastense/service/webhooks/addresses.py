"""Which addresses of the network anybody on the internet may be sent to.

Only what is listed here is refused or allowed, whatever the Python version thinks of an
address: the special-purpose registries of IPv4 and IPv6 (RFC 6890 and its successors).
"""

from __future__ import annotations

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_GLOBAL_4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_GLOBAL_6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Within 2000::/3: protocol assignments with Teredo, documentation, 6to4."""
_TRANSLATED: Final = (
    ipaddress.IPv6Network("::ffff:0:0/96"),
    ipaddress.IPv6Network("64:ff9b::/96"),
)
"""IPv6 addresses that are IPv4 addresses in truth: mapped ones, and those of NAT64."""


def is_global(address: Address) -> bool:
    """Whether an address is somebody's on the internet, and no private, loopback, link-local,
    multicast, reserved or documentation address in whatever disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        if not any(address in network for network in _TRANSLATED):
            return _is_global_6(address)
        address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return not any(address in network for network in _NOT_GLOBAL_4)


def _is_global_6(address: ipaddress.IPv6Address) -> bool:
    return address in _GLOBAL_6 and not any(address in network for network in _NOT_GLOBAL_6)
