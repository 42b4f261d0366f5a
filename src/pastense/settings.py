"""Environment and flags become one frozen `Settings`; each value knows where it came from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_type_hints

import msgspec

from pastense.limits import Limits
from pastense.profiles import PROFILES

PREFIX: Final = "PASTENSE_"
_FOREIGN: Final = frozenset(["PASTENSE_TOKEN"])
"""Names that are not settings but are spoken of: the shell keeps its token there."""
_FOREIGN_PREFIX: Final = "PASTENSE_TEST_"
_TYPE_WORDS: Final = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[^\s?#]*)?", re.ASCII)


class SettingsError(Exception):
    """A setting cannot be used; the message names it and what it takes."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set, apart from the limits in their own struct."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    database: str = "sqlite:./data/pastense.db"
    workers: Annotated[int, msgspec.Meta(ge=1)] = 1
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    profile: str = "open"
    limits: Limits = Limits()


class Setting(msgspec.Struct, frozen=True):
    """One setting as it stands: its value, and "default", "profile", "environment" or
    "flag"."""

    name: str
    value: object
    source: str
    description: str


DESCRIPTIONS: Final[dict[str, str]] = {
    "host": "address to listen on",
    "port": "port to listen on; 0 takes a free one",
    "database": "the store, as sqlite:PATH or postgresql://...",
    "workers": "server processes; the sqlite store serves one",
    "public_url": "base of the URLs in answers; empty: the request's own Host",
    "trusted_proxies": "addresses or networks whose X-Forwarded-* headers count, with commas",
    "profile": "open, or like-intercom: Intercom's limits where nothing else is set",
    "body_bytes_max": "largest request body; more is answered 413",
    "bulk_body_bytes_max": "largest body of a bulk call; more is answered 413",
    "list_items_max": "events in one list, summaries in one call",
    "queue_events_max": "events that may wait for the store; more are answered 503",
    "group_events_max": "events written in one transaction, about",
    "created_at_ahead_max_s": "how far ahead of the clock an event may lie",
    "metadata_keys_max": "metadata keys kept per event; further ones are ignored and counted",
    "tracked_keys_max": "distinct metadata keys tracked per event name",
    "event_names_max": "active event names per workspace; more are answered 422; 0: no limit",
    "tracked_keys_enforced": "keep only the tracked keys of a name; others are ignored and counted",
    "list_window_days": "how far back lists reach; 0: without end",
    "retention_days": "after how long metadata is dropped and events leave lists; 0: never",
    "rate_limit_per_minute": "calls per minute and workspace; more are answered 429; 0: no limit",
    "create_unknown_contacts": "create a user for an unknown user_id or email instead of a 404",
    "tombstone_days": "how long a deleted person's identifiers are known as deleted",
    "webhook_private_targets": "let webhooks go to private, loopback and link-local addresses",
    "webhook_timeout_s": "how long a webhook's receiver may take to answer",
    "webhook_retry_max_s": "how long a delivery is tried again before it is dead",
    "webhook_threads": "threads that deliver webhooks",
    "refusals_kept_max": "latest refusals kept in memory, to be asked for",
    "connections_max": "open connections; more are answered 503",
    "header_bytes_max": "bytes of one request's headers; more are answered 431",
    "header_timeout_s": "time for the headers of one request",
    "body_timeout_s": "time for the body of one request",
    "idle_timeout_s": "how long a connection without a request is kept",
    "write_timeout_s": "how long a client may take nothing of its answer",
    "stop_timeout_s": "how long a clean stop may take",
    "busy_timeout_s": "how long to wait for a lock that another process holds on the store",
    "read_threads": "threads that read from the store",
}


def load_settings(
    environment: Mapping[str, str], flags: Mapping[str, object]
) -> tuple[Settings, list[Setting], list[str]]:
    """The settings, each one with its source, and warnings about unknown names.

    A flag that is None was not given. Flags win over the environment, which wins over the
    profile, which wins over the defaults. Raises `SettingsError` with one sentence.
    """
    types = _types()
    given = {name: value for name, value in flags.items() if value is not None}
    values: dict[str, object] = {}
    listed = []
    for name, kind in types.items():
        raw = given.get(name, environment.get(PREFIX + name.upper()))
        source = "flag" if name in given else "default" if raw is None else "environment"
        if raw is not None:
            values[name] = _convert(name, raw, kind, source)
        listed.append((name, source))
    by_profile = _profile_values(str(values.get("profile", Settings().profile)), values)
    listed = [(name, "profile" if name in by_profile else source) for name, source in listed]
    settings = _build(by_profile | values)
    found = [Setting(n, value_of(settings, n), source, DESCRIPTIONS[n]) for n, source in listed]
    return settings, found, _warnings(environment, types)


def _profile_values(profile: str, given: Mapping[str, object]) -> dict[str, object]:
    """What the profile sets of all that was not given."""
    if profile not in PROFILES:
        known = " or ".join(PROFILES)
        raise SettingsError(f"{PREFIX}PROFILE={profile!r}: expected {known}")
    return {name: value for name, value in PROFILES[profile].items() if name not in given}


def value_of(settings: Settings, name: str) -> object:
    """A setting's value by its name, wherever it is kept."""
    return getattr(settings if name in Settings.__struct_fields__ else settings.limits, name)


def _types() -> dict[str, Any]:
    own = {n: t for n, t in get_type_hints(Settings, include_extras=True).items() if n != "limits"}
    return own | get_type_hints(Limits, include_extras=True)


def _build(values: dict[str, object]) -> Settings:
    limits = Limits(**{n: v for n, v in values.items() if n in Limits.__struct_fields__})  # type: ignore[arg-type]
    own = {n: v for n, v in values.items() if n not in Limits.__struct_fields__}
    settings = Settings(limits=limits, **own)  # type: ignore[arg-type]
    problems = limits.problems()
    if problems:
        raise SettingsError(problems[0])
    _check_public_url(settings.public_url)
    _check_proxies(settings.trusted_proxies)
    return settings


def _convert(name: str, raw: object, kind: Any, source: str) -> object:  # noqa: ANN401 (a type)
    where = PREFIX + name.upper() if source == "environment" else "--" + name.replace("_", "-")
    try:
        if kind == tuple[str, ...]:
            raw = [part.strip() for part in str(raw).split(",") if part.strip()]
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}={raw!r}: {_in_words(str(error))}") from None


def _in_words(problem: str) -> str:
    """What a value must be, without the names of types."""
    wanted = problem.partition(", got ")[0].lower()
    for name, words in _TYPE_WORDS.items():
        wanted = wanted.replace(f"`{name}`", words)
    return wanted


def _check_public_url(url: str) -> None:
    if url and not _URL.fullmatch(url):
        raise SettingsError(f"public_url={url!r}: expected https://host or https://host/path")


def _check_proxies(proxies: tuple[str, ...]) -> None:
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            message = f"trusted_proxies: {proxy!r} is no address and no network"
            raise SettingsError(message) from None


def _warnings(environment: Mapping[str, str], types: Mapping[str, object]) -> list[str]:
    return [
        f"{name} is no setting of Pastense; see `pastense settings`"
        for name in sorted(environment)
        if name.upper().startswith(PREFIX)
        and (name.removeprefix(PREFIX).lower() not in types or name != name.upper())
        and name not in _FOREIGN
        and not name.startswith(_FOREIGN_PREFIX)
    ]


assert set(DESCRIPTIONS) == set(_types()), "each setting is described"
