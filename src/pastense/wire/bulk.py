"""Read a bulk call: its items, and the job they go into (docs/wire.md "Bulk and jobs").

What stands around an item's data - the method, the data type - is the work of a program, so
a fault there refuses the whole call. What is in the data is judged item by item elsewhere.
"""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from pastense.errors import ManyRefused, ParameterInvalid, ParameterNotFound
from pastense.limits import INTEGER_MAX, INTEGER_MIN
from pastense.model import Refused
from pastense.wire.json_text import check_values, decode_unchecked_object

_FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"


class BulkKind(msgspec.Struct, frozen=True):
    """What one of the bulk calls takes: the methods, and the names that its data may have."""

    methods: tuple[str, ...]
    data_types: tuple[str, ...]


EVENTS: Final = BulkKind(("post",), ("event",))
USERS: Final = BulkKind(("post", "delete"), ("user",))
LEADS: Final = BulkKind(("post", "delete"), ("contact", "lead"))


class BulkItem(msgspec.Struct, frozen=True, gc=False):
    """One item of a bulk call. `problem` says why its data cannot be read."""

    method: str
    data_type: str
    data: dict[str, object]
    problem: Refused | None = None


class BulkCall(msgspec.Struct, frozen=True):
    """The items of one call, and what it says of the job; `job_id` is None for a new one."""

    items: list[BulkItem]
    job_id: str | None
    job: dict[str, object]


def parse_bulk(body: bytes, kind: BulkKind, items_max: int) -> BulkCall:
    """Bytes to items.

    Raises `BadRequest` and `ParameterInvalid` as `decode_object` does, `ParameterNotFound` where
    `items` is missing, `ParameterInvalid` where it is no list, empty or too long or `job` is not
    acceptable, and `ManyRefused` (400) with one refusal per item that is not one.
    """
    fields, suspect = decode_unchecked_object(body)
    if suspect:
        check_values({name: value for name, value in fields.items() if name != "items"})
    items = fields.get("items")
    if items is None:
        raise ParameterNotFound("missing items: send a list of method, data_type and data", "items")
    if not isinstance(items, list) or not 1 <= len(items) <= items_max:
        raise ParameterInvalid(f"items must be a list of 1 to {items_max}", "items")
    read = [_read_item(item, index, kind, suspect) for index, item in enumerate(items)]
    found = [one for one in read if isinstance(one, BulkItem)]
    if len(found) < len(read):
        raise ManyRefused([one for one in read if isinstance(one, Refused)], 400)
    job = _job_of(fields)
    return BulkCall(found, _job_id(job), job)


def _read_item(item: object, index: int, kind: BulkKind, suspect: bool) -> BulkItem | Refused:
    """One item, or what is wrong around its data; at most one fault is told."""
    if not isinstance(item, dict):
        return _fault(index, "", "Each item must be an object")
    method, data_type, data = item.get("method"), item.get("data_type"), item.get("data")
    if method not in kind.methods:
        message = f"method must be {' or '.join(kind.methods)}"
        if kind is EVENTS and method == "delete":
            message = "events do not support bulk delete: method must be post"
        return _fault(index, ".method", message)
    if data_type is not None and data_type not in kind.data_types:
        return _fault(index, ".data_type", f"data_type must be {' or '.join(kind.data_types)}")
    if not isinstance(data, dict):
        return _fault(index, ".data", "data must be an object")
    problem = _problem(item) if suspect else None
    return BulkItem(method, data_type or kind.data_types[0], data, problem)


def _fault(index: int, field: str, message: str) -> Refused:
    return Refused("parameter_invalid", message, f"items[{index}]{field}")


def _problem(item: dict[str, object]) -> Refused | None:
    """A forbidden text or number anywhere in an item; a path is told from its data on."""
    try:
        check_values(item["data"])
        check_values({name: value for name, value in item.items() if name != "data"})
    except ParameterInvalid as error:
        return error.refusals[0]
    return None


def _job_of(fields: dict[str, object]) -> dict[str, object]:
    job = fields.get("job")
    if job is None:
        return {}
    if not isinstance(job, dict):
        raise ParameterInvalid("job must be an object, such as an earlier answer", "job")
    return job


def _job_id(job: dict[str, object]) -> str | None:
    job_id = job.get("id")
    if job_id is None or isinstance(job_id, str):
        return job_id
    raise ParameterInvalid("job.id must be a string", "job.id")


def presentable(value: object) -> object:
    """The value as it may be stored and answered: what no text and no number may be is
    replaced, so that an item refused for it can be shown."""
    if isinstance(value, str):
        return _FORBIDDEN.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_FORBIDDEN.sub(_REPLACEMENT, key): presentable(v) for key, v in value.items()}
    if isinstance(value, list):
        return [presentable(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        return None
    return value
