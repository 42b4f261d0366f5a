"""What the commands share: their options, the settings, an open store, one-line errors."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from pastense.cli.logs import DiscreetFormatter
from pastense.clock import SystemClock
from pastense.settings import Setting, Settings, load_settings
from pastense.store.base import Store
from pastense.store.migrate import Migration
from pastense.store.opening import open_store

F = TypeVar("F", bound=Callable[..., Any])
CLOCK = SystemClock()


def database_option(command: F) -> F:
    """`--database`, for every command that opens the store."""
    return click.option(
        "--database",
        metavar="ADDRESS",
        help="sqlite:PATH or postgresql://... [PASTENSE_DATABASE].",
    )(command)


def read_settings(**flags: object) -> tuple[Settings, list[Setting]]:
    """The settings of this run; warnings about unknown names go to standard error."""
    settings, listed, warnings = load_settings(os.environ, flags)
    for warning in warnings:
        print_error(f"warning: {warning}")
    return settings, listed


@contextmanager
def opened_store(
    settings: Settings, *, goes_on: bool = False
) -> Iterator[tuple[Store, list[Migration]]]:
    """The store, migrated, closed at the end; with what was applied. See `open_store`."""
    store, applied = open_store(
        settings.database, CLOCK, settings.limits.busy_timeout_s, goes_on=goes_on
    )
    try:
        yield store, applied
    finally:
        store.close()


def shown_value(value: object) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or "-"


def shown_time(seconds: int) -> str:
    """Unix seconds as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_line(text: str = "") -> None:
    """One line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_error(text: str) -> None:
    """One line on standard error, under the program's name."""
    sys.stderr.write(f"pastense: {text}\n")
    sys.stderr.flush()


def configure_logging() -> None:
    """Log to standard error, at INFO for us and WARNING for others."""
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("pastense").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
