"""Tracebacks in the log say where and what kind, and never what was sent."""

from __future__ import annotations

import logging
import sqlite3
import sys

import pytest

from pastense.cli.logs import LEFT_OUT, DiscreetFormatter
from pastense.store.base import StoreError

SECRET = "private-8c1f"


def logged(error: BaseException) -> str:
    """What is written of an exception that was raised here, and caught."""
    try:
        raise error
    except type(error):
        record = logging.LogRecord("n", logging.ERROR, "p", 1, "it broke", (), sys.exc_info())
    return DiscreetFormatter().format(record)


@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError, UnicodeError, BaseException])
def test_the_words_of_other_exceptions_are_left_out(kind) -> None:
    said = logged(kind(SECRET))
    assert SECRET not in said
    assert LEFT_OUT in said
    assert f".{kind.__name__}: " in said
    assert "raise error" in said, "where it was raised is shown"
    assert "ERROR n: it broke" in said


@pytest.mark.parametrize("kind", [StoreError, OSError, PermissionError, sqlite3.OperationalError])
def test_the_words_of_the_store_and_the_system_are_shown(kind) -> None:
    assert logged(kind("disk full")).endswith(f".{kind.__name__}: disk full")


def raised_from(first: Exception, second: Exception) -> Exception:
    """The second exception as one that the first led to."""
    try:
        try:
            raise first
        except Exception as error:
            raise second from error
    except Exception as error:
        return error


def test_what_led_to_it_is_shown_the_same_way() -> None:
    said = logged(raised_from(ValueError(SECRET), StoreError("no row")))
    assert SECRET not in said
    assert said.index("builtins.ValueError") < said.index("Which led to:") < said.index("no row")


def test_a_circle_of_causes_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert logged(first).count("builtins.ValueError") == 2


def test_a_line_without_an_exception_is_as_any() -> None:
    record = logging.LogRecord("n", logging.INFO, "p", 1, "%d of %d", (1, 2), None)
    assert DiscreetFormatter().format(record).endswith("INFO n: 1 of 2")
    assert DiscreetFormatter().formatException((None, None, None)) == ""
