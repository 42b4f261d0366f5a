"""`pastense sandbox`: a server in memory for tests in any language, until told to stop."""

from __future__ import annotations

import signal
import threading

import click

from pastense.cli.common import configure_logging, print_line
from pastense.cli.serve import curl_line
from pastense.profiles import PROFILES

USER_ID = "user-1"
"""The contact that the pasted lines are about. It is made at the start."""


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on [127.0.0.1].")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8123, help="Port; 0 takes any [8123]."
)
@click.option("--profile", type=click.Choice(list(PROFILES)), default="open", help="[open].")
@click.option("--token", help="The token to accept; without it a new one is made.")
def sandbox(host: str, port: int, profile: str, token: str | None) -> None:
    """Serve from memory, for tests: faults on demand, nothing is kept."""
    # The web floor takes longer to load than all else.
    from pastense.testing.sandbox import Sandbox
    from pastense.web.server import CannotListen

    configure_logging()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        made = Sandbox(profile=profile, host=host, port=port, token=token)
    except (CannotListen, ValueError) as error:
        raise click.ClickException(str(error)) from error
    with made:
        made.add_contact(USER_ID)
        for line in welcome(made.base_url, made.token, made.clock.now()):
            print_line(line)
        stopped.wait()
    print_line("Stopped: nothing was kept.")


def welcome(url: str, token: str, now: int) -> list[str]:
    """The lines printed at the start: where, the token, an event and a fault to paste."""
    event = (
        f'{{"event_name":"invited-friend","created_at":{now},'
        f'"user_id":"{USER_ID}","metadata":{{"source":"curl"}}}}'
    )
    fault = '{"fault":"fail_next","count":1,"status":429}'
    return [
        f"Pastense sandbox on {url}: all of it is in memory, nothing is kept",
        "",
        f"Token: {token}",
        "",
        f"Send an event for the contact {USER_ID}, which is there; let the next request fail;",
        "see what came; empty it (the contact goes as well):",
        "",
        curl_line(f"{url}/events", token, event),
        f"curl -sS -i -X POST {url}/pastense/v1/faults -d '{fault}'",
        f"curl -sS {url}/pastense/v1/sandbox/requests",
        f"curl -sS -i -X DELETE {url}/pastense/v1/sandbox",
        "",
        "Ctrl-C stops it.",
    ]
