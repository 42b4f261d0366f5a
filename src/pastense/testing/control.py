"""The sandbox's own calls, for tests that are not in Python: faults, clock, records, assertions.

They need no token, so that a test may take back what it did to the token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pastense.errors import (
    ApiError,
    MethodNotAllowed,
    NotFound,
    ParameterInvalid,
    ParameterNotFound,
)
from pastense.testing.answers import error_answer, json_answer
from pastense.testing.faults import KINDS, Fault
from pastense.testing.records import RecordedRequest
from pastense.web.app import UNKNOWN_PATH
from pastense.web.exchange import Answer
from pastense.wire.json_text import decode_object

if TYPE_CHECKING:
    from pastense.testing.sandbox import Sandbox

Fields = dict[str, Any]
_DONE: Final = Answer(204)
_REVOKE: Final = "revoke_token"
_EXPECTED: Final = (
    *("event_name", "user_id", "id", "email", "metadata", "created_at", "times", "timeout_s"),
)


class Control:
    """Answers (method, path, body) on behalf of one sandbox; runs in a thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        base = "/pastense/v1"
        self._ways: dict[tuple[str, str], Callable[[Fields], Answer]] = {
            ("GET", f"{base}/faults"): self._list_faults,
            ("POST", f"{base}/faults"): self._add_fault,
            ("DELETE", f"{base}/faults"): self._clear_faults,
            ("GET", f"{base}/clock"): self._show_clock,
            ("PUT", f"{base}/clock"): self._set_clock,
            ("GET", f"{base}/sandbox"): self._show,
            ("PUT", f"{base}/sandbox"): self._use_profile,
            ("DELETE", f"{base}/sandbox"): self._empty,
            ("POST", f"{base}/sandbox/assert_tracked"): self._assert_tracked,
        }
        for name in ("events", "contacts", "duplicates", "refusals", "requests"):
            self._ways["GET", f"{base}/sandbox/{name}"] = self._lister(name)

    def answer(self, method: str, path: str, body: bytes, request_id: str) -> Answer:
        """The answer of one call."""
        try:
            way = self._find(method, path.rstrip("/"))
            return way(_read_fields(body))
        except ApiError as error:
            return error_answer(error, request_id)
        except (ValueError, TypeError) as error:
            return error_answer(ParameterInvalid(str(error)), request_id)

    def _find(self, method: str, path: str) -> Callable[[Fields], Answer]:
        way = self._ways.get((method, path))
        if way is not None:
            return way
        allowed = sorted(known for known, place in self._ways if place == path)
        if not allowed:
            raise NotFound(UNKNOWN_PATH)
        error = MethodNotAllowed()
        error.headers = [(b"allow", ", ".join(allowed).encode())]
        raise error

    def _list_faults(self, _: Fields) -> Answer:
        waiting = [_fault_object(fault) for fault in self._sandbox.pending_faults]
        return json_answer(200, {"type": "list", "data": waiting})

    def _add_fault(self, fields: Fields) -> Answer:
        kind = fields.pop("fault", None)
        if kind == _REVOKE and not fields:
            self._sandbox.revoke_token()
        elif kind in KINDS:
            _check_names(fields, Fault.__struct_fields__[1:])
            self._sandbox.add_fault(_fault(kind, fields))
        else:
            raise ParameterInvalid(f"fault must be {', '.join((*KINDS, _REVOKE))}", "fault")
        return self._list_faults({})

    def _clear_faults(self, _: Fields) -> Answer:
        self._sandbox.clear_faults()
        return _DONE

    def _show_clock(self, _: Fields) -> Answer:
        clock = self._sandbox.clock
        return json_answer(200, {"now": clock.now(), "frozen": clock.is_frozen})

    def _set_clock(self, fields: Fields) -> Answer:
        _check_names(fields, ("now", "move_s", "frozen"))
        clock, frozen = self._sandbox.clock, fields.get("frozen")
        if not isinstance(frozen, bool | None):
            raise ParameterInvalid("frozen must be true or false", "frozen")
        if "now" in fields:
            clock.set(fields["now"])
        if "move_s" in fields:
            clock.move(fields["move_s"])
        if frozen is not None:
            (clock.freeze if frozen else clock.resume)()
        return self._show_clock({})

    def _show(self, _: Fields) -> Answer:
        sandbox = self._sandbox
        counts = {name: len(getattr(sandbox, name)) for name in ("contacts", "events", "requests")}
        return json_answer(200, {"settings": sandbox.settings, "counts": counts})

    def _use_profile(self, fields: Fields) -> Answer:
        self._sandbox.use_profile(**fields)
        return self._show({})

    def _empty(self, _: Fields) -> Answer:
        self._sandbox.empty()
        return _DONE

    def _assert_tracked(self, fields: Fields) -> Answer:
        _check_names(fields, _EXPECTED)
        if "event_name" not in fields:
            raise ParameterNotFound("send event_name", "event_name")
        timeout_s = fields.pop("timeout_s", 0)
        if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float):
            raise ParameterInvalid("timeout_s must be a number of seconds", "timeout_s")
        try:
            found = self._sandbox.wait_for(timeout_s=float(timeout_s), **fields)
        except AssertionError as error:
            return json_answer(422, {"type": "pastense.difference", "message": str(error)})
        return json_answer(200, {"type": "list", "data": found})

    def _lister(self, name: str) -> Callable[[Fields], Answer]:
        def list_records(_: Fields) -> Answer:
            found = getattr(self._sandbox, name)
            shown = [_request_object(one) for one in found] if name == "requests" else found
            return json_answer(200, {"type": "list", "data": shown})

        return list_records


def _read_fields(body: bytes) -> Fields:
    """The JSON object of a body, {} where there is no body; raises `ApiError`."""
    if not body.strip():
        return {}
    return decode_object(body)


def _check_names(fields: Fields, known: tuple[str, ...]) -> None:
    for name in fields:
        if name not in known:
            raise ParameterInvalid(f"{name} is not known here; known are {', '.join(known)}", name)


def _fault(kind: str, fields: Fields) -> Fault:
    try:
        return msgspec.convert({"kind": kind} | fields, Fault)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(str(error)) from None


def _fault_object(fault: Fault) -> Fields:
    fields = msgspec.structs.asdict(fault)
    return {"fault": fields.pop("kind")} | fields


def _request_object(request: RecordedRequest) -> Fields:
    """A request with its body as text."""
    fields = msgspec.structs.asdict(request)
    return fields | {"body": request.body.decode("utf-8", "replace")}
