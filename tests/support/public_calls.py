"""Every public call of a client, as code writes it: `client.events.create`, `user.contact`."""

from __future__ import annotations

from collections.abc import Iterator

from pastense.client.binding import AsyncRoom, SyncRoom


def public(thing: object) -> list[str]:
    """The names of a thing that are for callers."""
    return [name for name in dir(thing) if not name.startswith("_")]


def calls_of(name: str, thing: object) -> Iterator[str]:
    """The calls of a client, and of its rooms. Raw ones begin with `raw`, those of one person,
    whom `users.find` gives, with `user` and `raw_user`."""
    for each in public(thing):
        value = getattr(thing, each)
        if isinstance(value, SyncRoom | AsyncRoom):
            yield from calls_of("raw" if each == "with_raw_response" else f"{name}.{each}", value)
            continue
        yield f"{name}.{each}"
        if name.endswith(".users"):
            user = "raw_user" if name.startswith("raw") else "user"
            yield from calls_of(user, value(user_id="1"))
