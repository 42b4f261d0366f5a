"""`pastense token`: create, list, revoke."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from pastense.cli.common import (
    CLOCK,
    database_option,
    opened_store,
    print_line,
    read_settings,
    shown_time,
)
from pastense.cli.workspaces import find_workspace
from pastense.model import Token, Workspace
from pastense.service.administration.access import (
    DEFAULT_SCOPES,
    SCOPES,
    create_token,
    revoke_token,
)
from pastense.service.administration.workspaces import read_label
from pastense.store.base import Store
from pastense.versions import DEFAULT_VERSION, is_known

_SPAN = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_SPAN_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@click.group()
def token() -> None:
    """Create, list and revoke tokens."""


@token.command()
@click.option("--name", default="token", show_default=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, help=f"May be repeated: {', '.join(SCOPES)}.")
@click.option("--version", default=DEFAULT_VERSION, show_default=True, help="API version.")
@click.option("--workspace", help="The workspace's id; the first one where it is left out.")
@click.option("--expires", help="After 90d, 12h, 30m, or at an ISO 8601 time in UTC.")
@database_option
def create(
    name: str,
    scopes: tuple[str, ...],
    version: str,
    workspace: str | None,
    expires: str | None,
    database: str | None,
) -> None:
    """Print a new token, alone, on standard output. It is shown only this once."""
    _check(name, scopes, version)
    expires_at = _read_expiry(expires)
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        secret, _ = create_token(
            store.admin,
            CLOCK,
            name=name,
            workspace=_workspace(store, workspace),
            scopes=_split(scopes) or DEFAULT_SCOPES,
            version=version,
            expires_at=expires_at,
        )
    print_line(secret)


@token.command("list")
@database_option
def list_tokens(database: str | None) -> None:
    """Print every token's number, state, scopes and name; never the token itself."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        tokens = store.admin.tokens()
    row = "{:>6}  {:<8}  {:<8}  {:<7}  {:<20}  {}"
    print_line(row.format("NUMBER", "STATE", "SPACE", "VERSION", "EXPIRES", "NAME (SCOPES)"))
    for kept in tokens:
        expires = "never" if kept.expires_at is None else shown_time(kept.expires_at)
        named = f"{kept.name} ({' '.join(kept.scopes)})"
        state = _state(kept, CLOCK.now())
        print_line(row.format(kept.number, state, kept.workspace.id, kept.version, expires, named))


@token.command()
@click.argument("number", type=int)
@database_option
def revoke(number: int, database: str | None) -> None:
    """Revoke the token with that NUMBER; every process refuses it within a second."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        kept = next((kept for kept in store.admin.tokens() if kept.number == number), None)
        if kept is None or not revoke_token(store.admin, kept, CLOCK.now()):
            raise click.ClickException(f"there is no token {number}; see `pastense token list`")
    print_line(f"Token {number} is revoked.")


def _check(name: str, scopes: tuple[str, ...], version: str) -> None:
    read_label(name, "--name")
    if not all(_split((scope,)) for scope in scopes):
        raise click.ClickException(f"--scope names no scope; known: {', '.join(SCOPES)}")
    unknown = [scope for scope in _split(scopes) if scope not in SCOPES]
    if unknown:
        raise click.ClickException(f"unknown scope {unknown[0]!r}; known: {', '.join(SCOPES)}")
    if not is_known(version):
        message = f"unknown --version {version!r}: 1.0 to 1.4, 2.0 to 2.17, Preview or Unstable"
        raise click.ClickException(message)


def _split(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Scopes may be repeated or come in one word with commas."""
    return tuple(part for scope in scopes for part in scope.replace(",", " ").split())


def _read_expiry(text: str | None) -> int | None:
    if text is None:
        return None
    expires_at = _parse_time(text)
    if expires_at <= CLOCK.now():
        raise click.ClickException(f"--expires {text!r} is over already")
    return expires_at


def _parse_time(text: str) -> int:
    span = _SPAN.fullmatch(text)
    if span:
        return CLOCK.now() + int(span[1]) * _SPAN_S[span[2]]
    try:
        time = datetime.fromisoformat(text)
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        message = f"--expires {text!r}: write 90d, 12h, 30m, or an ISO 8601 time such as 2027-01-31"
        raise click.ClickException(message) from None


def _workspace(store: Store, workspace_id: str | None) -> Workspace:
    """The workspace with that id; the first one where none is named."""
    return (
        store.admin.workspaces()[0] if workspace_id is None else find_workspace(store, workspace_id)
    )


def _state(kept: Token, now: int) -> str:
    if kept.revoked_at is not None:
        return "revoked"
    return "expired" if kept.expires_at is not None and kept.expires_at <= now else "valid"
