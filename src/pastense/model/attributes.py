"""Declared custom attributes of contacts."""

from __future__ import annotations

import msgspec


class DataAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """A custom attribute that was declared with a type. Times are Unix seconds, UTC.

    `number` is its public id, 0 before the store has it. `data_type` is one of
    `attributes.DATA_TYPES`; a text that may only be one of several has `options`.
    `created_by` is the number of a token.
    """

    name: str
    data_type: str
    created_at: int
    updated_at: int
    number: int = 0
    description: str | None = None
    options: tuple[str, ...] | None = None
    messenger_writable: bool = False
    created_by: int | None = None
    archived_at: int | None = None
