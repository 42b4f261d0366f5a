"""What a client sends and what it gets, as plain values: no input or output happens here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec


class Headers(Mapping[str, str]):
    """The headers of an answer. Names compare without regard to case; of a header that stands
    several times the values are joined by a comma and a space. Made of pairs, or of a dict."""

    __slots__ = ("_pairs", "_values")

    def __init__(self, pairs: Sequence[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        self._pairs = pairs
        self._values: dict[str, str] | None = None

    def _lower(self) -> dict[str, str]:
        if self._values is None:
            values: dict[str, str] = {}
            pairs = self._pairs.items() if isinstance(self._pairs, Mapping) else self._pairs
            for name, value in pairs:
                key = name.lower()
                values[key] = f"{values[key]}, {value}" if key in values else value
            self._values = values
        return self._values

    def __getitem__(self, name: str) -> str:
        return self._lower()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lower())

    def __len__(self) -> int:
        return len(self._lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lower()

    def __repr__(self) -> str:
        return f"Headers({self._lower()!r})"


class Timeout(msgspec.Struct, frozen=True):
    """How long to wait, in seconds: for the connection, and for each silence of the server while
    it is read or written."""

    connect_s: float = 10.0
    read_s: float = 60.0


class Request(msgspec.Struct, frozen=True):
    """One request as it goes out. `target` is the path with its query, percent-encoded; `headers`
    are all headers but Host and Content-Length."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    timeout: Timeout

    def __repr__(self) -> str:
        """Without headers and body, which may be secret, and without whom the target names."""
        return f"Request({self.method!r})"


class Response(msgspec.Struct, frozen=True):
    """One answer, read whole. `reason` is the phrase beside the status, maybe empty."""

    status: int
    headers: Headers
    body: bytes
    reason: str = ""

    def json(self) -> object:
        """The body as JSON; None where it is empty. Raises `msgspec.DecodeError`, and
        `UnicodeDecodeError` where it is no UTF-8."""
        try:
            return None if not self.body.strip() else msgspec.json.decode(self.body, type=object)
        except RecursionError:
            raise msgspec.DecodeError("the JSON is nested too deeply") from None


class Pause(msgspec.Struct, frozen=True):
    """Wait so long, in seconds, before you go on."""

    seconds: float
