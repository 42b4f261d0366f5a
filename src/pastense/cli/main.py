"""The entry: the group of commands, and errors as one line with exit code 2."""

from __future__ import annotations

import os
import sys
from collections import UserDict
from importlib import import_module
from typing import Any, Final, NoReturn

import click

import pastense
from pastense.cli.common import print_error
from pastense.errors import ApiError
from pastense.settings import SettingsError
from pastense.store.base import StoreError, StoreRefused

EXIT_ERROR = 2


class Commands(UserDict[str, Any]):
    """All commands by their names, each loaded when it is asked for: a server is to answer soon
    after it was started. It is made of where each is, as "module:name" in this package."""

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = self.data[name].partition(":")
        command: click.Command = getattr(import_module(f"pastense.cli.{module}"), attribute)
        return command


COMMANDS: Final = Commands(
    {
        "audit": "audit:audit",
        "check": "check:check",
        "copy": "copy:copy",
        "explain": "explain:explain_event",
        "migrate": "store:migrate",
        "sandbox": "sandbox:sandbox",
        "serve": "serve:serve",
        "settings": "settings:show_settings",
        "token": "tokens:token",
        "workspace": "workspaces:workspace",
    }
)


@click.group(
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(pastense.__version__, prog_name="pastense", message="%(prog)s %(version)s")
def cli() -> None:
    """Record what a product's people did, each event exactly once, and answer what they did."""


def main() -> NoReturn:
    """Run one command; each error is one clear line on standard error and exit code 2."""
    try:
        code = cli.main(prog_name="pastense", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(EXIT_ERROR)
    except click.ClickException as error:
        fail(_sentence(error))
    except click.Abort:
        fail("stopped")
    except (ApiError, StoreRefused, SettingsError) as error:
        fail(str(error))
    except StoreError as error:
        fail(f"the store does not answer: {error}; is another process holding it? try again")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_ERROR)
    except Exception as error:
        fail(f"unexpected {type(error).__name__}: {error}; please report it")
    sys.exit(code if isinstance(code, int) else 0)


def _sentence(error: click.ClickException) -> str:
    """What is wrong, in one line, and where to read what would be right."""
    said = error.format_message().replace("\n", " ")
    if not isinstance(error, click.UsageError) or error.ctx is None or "Did you mean" in said:
        return said
    return f"{said.rstrip('.')}; see `{error.ctx.command_path} --help`"


def fail(message: str) -> NoReturn:
    """Print one line and end with exit code 2."""
    print_error(message)
    sys.exit(EXIT_ERROR)
