"""Users and leads in bulk: the calls for one of them, many to a transaction.

Source: decisions.md "Bulk and jobs".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pastense.errors import ApiError
from pastense.limits import BULK_STEP_ITEMS_MAX
from pastense.model import Contact, Refused, Workspace
from pastense.service.older.leads import archive_lead, save_lead
from pastense.service.older.older_fields import read_named, require_named
from pastense.service.older.users import archive_user, save_user
from pastense.store.base import Named, Store
from pastense.wire.bulk import USERS, BulkItem, BulkKind

Save = Callable[[Store, Workspace, dict[str, object], int], Contact]
Archive = Callable[[Store, Workspace, Named, int], Contact]
_MISSING_LEAD: Final = "missing lead identifier: send id or user_id"


def apply_items(
    store: Store, workspace: Workspace, kind: BulkKind, items: Sequence[BulkItem], now: int
) -> list[Contact | Refused]:
    """Save or archive each person of a bulk call; one outcome for each, in order.

    A hundred at a time are one transaction: it is on disk when the next one begins. Raises
    `StoreError` where one could not be committed; those before it stay, and the same call again
    does no harm.
    """
    outcomes: list[Contact | Refused] = []
    for part in _parts(items):
        with store.together():
            outcomes += [_apply(store, workspace, kind, item, now) for item in part]
    return outcomes


def _parts(items: Sequence[BulkItem]) -> Iterator[Sequence[BulkItem]]:
    for start in range(0, len(items), BULK_STEP_ITEMS_MAX):
        yield items[start : start + BULK_STEP_ITEMS_MAX]


def _apply(
    store: Store, workspace: Workspace, kind: BulkKind, item: BulkItem, now: int
) -> Contact | Refused:
    if item.problem is not None:
        return item.problem
    save: Save = save_user if kind is USERS else save_lead
    archive: Archive = archive_user if kind is USERS else archive_lead
    try:
        if item.method == "post":
            return save(store, workspace, item.data, now)
        return archive(store, workspace, _who(item, kind), now)
    except ApiError as error:
        return error.refusals[0]


def _who(item: BulkItem, kind: BulkKind) -> Named:
    """Who is to be archived: a lead is never named by its email, which others may have."""
    named = read_named(item.data)
    if kind is USERS:
        return require_named(named)
    return require_named(Named(named.id, named.user_id), "user_id", _MISSING_LEAD)
