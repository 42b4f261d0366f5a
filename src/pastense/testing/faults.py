"""Faults on demand: what they are, in which order they come, and which request takes one."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import Final, Literal, get_args

import msgspec

FaultKind = Literal["fail_next", "hang", "reset_connection", "lose_answer"]
KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
HANG_MAX_S: Final = 3_600
COUNT_MAX: Final = 1_000_000
DEFAULT_STATUS: Final = 503


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to the next `count` requests, or to the next of a `method` and a `path`.

    `status`, `code`, `message` and `retry_after_s` are those of the answer of `fail_next`;
    `seconds` is how long `hang` holds a request, and with `stored` it is handled before that.
    """

    kind: FaultKind
    count: int = 1
    method: str | None = None
    path: str | None = None
    status: int = DEFAULT_STATUS
    code: str | None = None
    message: str | None = None
    retry_after_s: int | None = None
    seconds: float = 0.0
    stored: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that this fault waits for."""
        return self.method in (None, method) and self.path in (None, path.rstrip("/") or "/")


def check_fault(fault: Fault) -> Fault:
    """The fault, with its method in capitals; raises `ValueError` with a sentence."""
    problem = _problem(fault)
    if problem is not None:
        raise ValueError(problem)
    method = None if fault.method is None else fault.method.upper()
    path = None if fault.path is None else fault.path.rstrip("/") or "/"
    return msgspec.structs.replace(fault, method=method, path=path)


def _problem(fault: Fault) -> str | None:
    if not _is_whole(fault.count, 1, COUNT_MAX):
        return f"count must be a whole number from 1 to {COUNT_MAX}, not {fault.count!r}"
    if not _is_whole(fault.status, 400, 599):
        return f"status must be an HTTP status from 400 to 599, not {fault.status!r}"
    if fault.retry_after_s is not None and not _is_whole(fault.retry_after_s, 0, HANG_MAX_S):
        return f"retry_after_s must be whole seconds up to {HANG_MAX_S}: {fault.retry_after_s!r}"
    if fault.kind == "hang" and not _is_span(fault.seconds):
        return f"seconds must be above 0 and at most {HANG_MAX_S}, not {fault.seconds!r}"
    if fault.path is not None and (not fault.path.startswith("/") or "?" in fault.path):
        return f"path must begin with a slash and have no query, as /events, not {fault.path!r}"
    return None


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_span(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 < value <= HANG_MAX_S


class Faults:
    """The faults that wait, in the order in which they were asked for. Safe in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Fault] = deque()

    def add(self, fault: Fault) -> None:
        """Put one behind those that wait; raises `ValueError`."""
        checked = check_fault(fault)
        with self._lock:
            self._waiting.append(checked)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of a request: the first that waits for it, counted down by one."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.matches(method, path):
                    if fault.count == 1:
                        del self._waiting[index]
                    else:
                        left = msgspec.structs.replace(fault, count=fault.count - 1)
                        self._waiting[index] = left
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        """Those that no request has taken yet; `count` is how often each still comes."""
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Take back all that wait."""
        with self._lock:
            self._waiting.clear()
