"""The catalogue of event names: listed, described, archived and brought back.

Source: decisions.md "The catalogue of event names".
"""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.errors import (
    NotFound,
    ParameterInvalid,
    ParameterNotFound,
    Unprocessable,
    too_many_names,
)
from pastense.limits import (
    EVENT_NAME_CHARACTERS_MAX,
    NAMES_PER_PAGE_DEFAULT,
    NAMES_PER_PAGE_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.model import AuditEntry, EventName
from pastense.store.base import CatalogueStore, NameFilter, TooManyNames
from pastense.wire import paging

UNKNOWN: Final = (
    "Event name not found: names compare exactly, and are percent-encoded as one part of the path"
)


class NamePage(msgspec.Struct, frozen=True):
    """Names in order, and whether there are more after them."""

    names: list[EventName]
    has_more: bool


def list_names(
    store: CatalogueStore, workspace: int, wanted: NameFilter, per_page: int, after: str | None
) -> NamePage:
    """One page of names, those after the name `after`."""
    found = store.names(workspace, wanted, per_page + 1, after)
    return NamePage(found[:per_page], len(found) > per_page)


def find_name(store: CatalogueStore, workspace: int, name: str) -> EventName:
    """The name that equals the text, archived or not; raises `NotFound`."""
    return _present(store.find(workspace, name))


def describe_name(
    store: CatalogueStore, workspace: int, name: str, description: str | None, entry: AuditEntry
) -> EventName:
    """Set or clear a description; raises `NotFound`."""
    return _present(store.describe(workspace, name, description, entry))


def archive_name(store: CatalogueStore, workspace: int, name: str, entry: AuditEntry) -> EventName:
    """Hide a name everywhere; doing it twice changes nothing. Raises `NotFound`."""
    return _present(store.archive(workspace, name, entry))


def unarchive_name(
    store: CatalogueStore, workspace: int, name: str, names_max: int, entry: AuditEntry
) -> EventName:
    """Bring a name and all its events back; raises `NotFound`, and `Unprocessable` where the
    workspace has no room for one more active name."""
    try:
        return _present(store.unarchive(workspace, name, names_max, entry))
    except TooManyNames:
        raise Unprocessable(too_many_names(names_max), "event_name") from None


def read_description(body: dict[str, object]) -> str | None:
    """The description in a body, None to clear it; raises where there is none or it is no text."""
    if "description" not in body:
        message = "missing description: send a text, or null to clear it"
        raise ParameterNotFound(message, "description")
    value = body["description"]
    if value is not None and not (isinstance(value, str) and len(value) <= TEXT_CHARACTERS_MAX):
        message = f"description must be a text of at most {TEXT_CHARACTERS_MAX} characters or null"
        raise ParameterInvalid(message, "description")
    return value


def read_name_part(value: str | None, field: str) -> str:
    """A name, or the beginning of one, in a query; empty where it is not given."""
    if value is not None and len(value) > EVENT_NAME_CHARACTERS_MAX:
        message = f"{field} must have at most {EVENT_NAME_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, field)
    return value or ""


def read_per_page(value: str | None) -> int:
    """Names per page: 50 where it is not given, 1 to 150 otherwise."""
    return paging.read_per_page(value, NAMES_PER_PAGE_DEFAULT, NAMES_PER_PAGE_MAX)


def _present(name: EventName | None) -> EventName:
    if name is None:
        raise NotFound(UNKNOWN, "event_name")
    return name
