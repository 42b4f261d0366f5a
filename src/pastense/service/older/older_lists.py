"""Lists of people as the older API asks for them: pages by number, and the scroll.

Source: docs/wire.md "The older API", decisions.md "The older API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, overload

import msgspec

from pastense.errors import NotFound, ParameterInvalid
from pastense.limits import (
    CREATED_SINCE_DAYS_MAX,
    DAY_S,
    INTEGER_MAX,
    PEOPLE_LAST_PAGE,
    PEOPLE_PER_PAGE_DEFAULT,
    PEOPLE_PER_PAGE_MAX,
    SCROLL_ITEMS,
    TEXT_CHARACTERS_MAX,
)
from pastense.model import Contact, Workspace
from pastense.store.base import Batch, Listing, Store
from pastense.wire.submission import identifier_problem

LIST_PARAMETERS: Final = (
    *("page", "per_page", "order", "sort", "created_since", "tag_id", "email", "phone"),
)
"""What a list is asked for, and what the address of its next page says again."""
_DIGITS_MAX: Final = 19
_SORTS: Final = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "signed_up_at": "signed_up_at",
    "last_request_at": "last_seen_at",
}


class ListedPeople(msgspec.Struct, frozen=True):
    """One page of a list. `next` holds the parameters of the page after it, None at the end."""

    contacts: list[Contact]
    page: int
    per_page: int
    total_count: int
    next: dict[str, str] | None

    @property
    def total_pages(self) -> int:
        """How many pages there are."""
        return -(-self.total_count // self.per_page)


def list_people(
    store: Store, workspace: Workspace, role: str, values: Mapping[str, str], now: int
) -> ListedPeople:
    """One page of the people of a role; `values` are the parameters of the query, as text.

    Raises `ParameterInvalid`, and `NotFound` for an unknown tag and for any segment: there are
    none.
    """
    if "segment_id" in values:
        raise NotFound("Segment Not Found", "segment_id")
    page = _read_number(values, "page", 1, PEOPLE_LAST_PAGE, 1)
    per_page = _read_number(values, "per_page", 1, PEOPLE_PER_PAGE_MAX, PEOPLE_PER_PAGE_DEFAULT)
    listing = _listing(role, values, page, per_page, now)
    if listing.tag is not None and store.tags.find(workspace, listing.tag) is None:
        raise NotFound("Tag Not Found", "tag_id")
    found = store.people.page(workspace, listing)
    following = None
    if page * per_page < found.total_count:
        numbers = {"per_page": str(per_page), "page": str(page + 1)}
        kept = {name: values[name] for name in LIST_PARAMETERS if name in values}
        following = numbers | kept | numbers
    return ListedPeople(found.contacts, page, per_page, found.total_count, following)


def scroll_people(store: Store, workspace: Workspace, role: str, cursor: str | None) -> Batch:
    """The next hundred people of a role, none at the end; raises `ParameterInvalid`."""
    try:
        return store.people.batch(workspace, role, SCROLL_ITEMS, cursor)
    except ValueError:
        message = "scroll_param must be the one of the answer before"
        raise ParameterInvalid(message, "scroll_param") from None


def _listing(role: str, values: Mapping[str, str], page: int, per_page: int, now: int) -> Listing:
    return Listing(
        role=role,
        offset=(page - 1) * per_page,
        limit=per_page,
        sort=_read_choice(values, "sort", _SORTS, "created_at"),
        descending=_read_choice(values, "order", {"desc": "desc", "asc": "asc"}, "desc") == "desc",
        created_since=_read_days(values, now),
        email=_read_text(values, "email"),
        phone=_read_text(values, "phone"),
        tag=_read_number(values, "tag_id", 0, INTEGER_MAX, None),
    )


def _read_days(values: Mapping[str, str], now: int) -> int | None:
    days = _read_number(values, "created_since", 0, CREATED_SINCE_DAYS_MAX, None)
    return None if days is None else now - days * DAY_S


def _read_text(values: Mapping[str, str], name: str) -> str | None:
    text = values.get(name)
    if text is None:
        return None
    problem = identifier_problem(name, text) if name == "email" else None
    if name != "email" and not 1 <= len(text) <= TEXT_CHARACTERS_MAX:
        problem = f"{name} must have 1 to {TEXT_CHARACTERS_MAX} characters"
    if problem is not None:
        raise ParameterInvalid(problem, name)
    return text


def _read_choice(
    values: Mapping[str, str], name: str, choices: Mapping[str, str], default: str
) -> str:
    chosen = values.get(name, default)
    if chosen not in choices:
        raise ParameterInvalid(f"{name} must be one of {', '.join(choices)}", name)
    return choices[chosen]


@overload
def _read_number(
    values: Mapping[str, str], name: str, least: int, most: int, default: int
) -> int: ...


@overload
def _read_number(
    values: Mapping[str, str], name: str, least: int, most: int, default: None
) -> int | None: ...


def _read_number(
    values: Mapping[str, str], name: str, least: int, most: int, default: int | None
) -> int | None:
    text = values.get(name)
    if text is None:
        return default
    whole = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    if not whole or not least <= int(text) <= most:
        message = f"{name} must be a whole number, {least} to {most}"
        hint = "; /scroll reads everybody" if name == "page" else ""
        raise ParameterInvalid(message + hint, name)
    return int(text)
