"""`pastense serve`: open the store, listen, print how to begin, serve until told to stop."""

from __future__ import annotations

import secrets
import shlex
import socket
import sys

import click

import pastense
from pastense.cli.common import (
    CLOCK,
    configure_logging,
    database_option,
    opened_store,
    print_line,
    read_settings,
)
from pastense.cli.workers import Workers
from pastense.service.administration.access import DEFAULT_SCOPES, create_token
from pastense.settings import Settings
from pastense.store.address import shown_address
from pastense.store.base import Store
from pastense.store.opening import check_workers
from pastense.versions import DEFAULT_VERSION

_SPARE_FILES = 100
_TOKEN_VARIABLE = "$PASTENSE_TOKEN"  # noqa: S105 (a name, not a secret)


@click.command()
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", help="Port to listen on; 0 takes a free one [8080].")
@click.option("--workers", help="Server processes [1].")
@database_option
def serve(host: str | None, port: str | None, workers: str | None, database: str | None) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    # The web floor takes longer to load than all else; no other command needs it.
    from pastense.web import server

    settings, _ = read_settings(host=host, port=port, workers=workers, database=database)
    check_workers(settings.database, settings.workers)
    configure_logging()
    server.raise_file_limit(settings.limits.connections_max + _SPARE_FILES)
    try:
        listener = server.listen(settings.host, settings.port)
    except server.CannotListen as error:
        raise click.ClickException(str(error)) from error
    with opened_store(settings) as (store, _):
        lines = welcome(server.base_url(listener), first_token(store), settings)
        if settings.workers == 1:
            _serve(store, settings, listener, lines)
    if settings.workers > 1:
        _print_all(lines)
        Workers(settings.workers, lambda: _serve_anew(settings, listener)).run()
    print_line("Stopped: everything that was answered 202 is on disk.")


def _serve(store: Store, settings: Settings, listener: socket.socket, lines: list[str]) -> None:
    """Serve in this process; the lines are printed once requests are answered."""
    from pastense.service.one_core import OneCore, allowed_cores
    from pastense.web import server
    from pastense.web.state import State

    state = State(store, CLOCK, settings, OneCore(allowed_cores()))
    server.serve(state, settings, listener, lambda: _print_all(lines))


def _serve_anew(settings: Settings, listener: socket.socket) -> None:
    """Serve in a process that was just begun, with connections of its own to the store. It may
    take the place of one that ended while a newer program was changing the store."""
    with opened_store(settings, goes_on=True) as (store, _):
        _serve(store, settings, listener, [])


def first_token(store: Store) -> str | None:
    """A token where the store never had one, so that the first run can begin at once."""
    if store.admin.tokens():
        return None
    secret, _ = create_token(
        store.admin,
        CLOCK,
        name="first",
        workspace=store.admin.workspaces()[0],
        scopes=DEFAULT_SCOPES,
        version=DEFAULT_VERSION,
        expires_at=None,
        actor="first start",
    )
    return secret


def welcome(url: str, secret: str | None, settings: Settings) -> list[str]:
    """The lines printed at the start: the base URL, the token once, two calls to paste."""
    external_id = f"user-{secrets.token_hex(4)}"
    contact = f'{{"role":"user","external_id":"{external_id}"}}'
    event = (
        f'{{"event_name":"invited-friend","created_at":{CLOCK.now()},'
        f'"user_id":"{external_id}","metadata":{{"source":"curl"}}}}'
    )
    spoken = secret or _TOKEN_VARIABLE
    return [
        f"Pastense {pastense.__version__} serves {url} from {shown_address(settings.database)}",
        "",
        *_token_lines(secret, settings.database),
        "",
        "Create a contact, then send an event for it:",
        "",
        curl_line(f"{url}/contacts", spoken, contact),
        curl_line(f"{url}/events", spoken, event),
        "",
        "Ctrl-C stops it.",
    ]


def _token_lines(secret: str | None, database: str) -> list[str]:
    if secret is not None:
        return [f"Token: {secret}", "It is shown only now; keep it in PASTENSE_TOKEN."]
    return [
        "The lines below take the token from $PASTENSE_TOKEN (export it first).",
        f"Another token: {_program()} token create --database {_pasted(database)}",
    ]


def _pasted(database: str) -> str:
    """An address for a shell; one that holds a password is left to the environment."""
    is_shown = shown_address(database) == database
    return shlex.quote(database) if is_shown else '"$PASTENSE_DATABASE"'


def _program() -> str:
    """How this program was called, to be called again."""
    return sys.argv[0] if sys.argv[0].endswith("pastense") else "pastense"


def curl_line(url: str, token: str, body: str) -> str:
    """A POST to paste into a shell."""
    headers = f'-H "Authorization: Bearer {token}" -H "Content-Type: application/json"'
    return f"curl -sS -i -X POST {url} {headers} -d '{body}'"


def _print_all(lines: list[str]) -> None:
    for line in lines:
        print_line(line)
