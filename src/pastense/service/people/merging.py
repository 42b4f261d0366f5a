"""Contacts that become a part of another, and what is told to those who ask for the old one.

Source: decisions.md "Contacts", docs/wire.md "Contacts".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pastense.errors import ContactMerged, NotFound, ParameterInvalid, ParameterNotFound
from pastense.model import Contact, MergedContact, Workspace
from pastense.store.base import CannotMerge, Store
from pastense.wire.submission import identifier_text


def merge_by_ids(store: Store, workspace: Workspace, body: dict[str, object], now: int) -> Contact:
    """`POST /contacts/merge`: the lead `from` becomes a part of the user `into`, which is
    answered as it then is. A call that is sent again after it was done is answered alike.

    Raises `ParameterNotFound` and `ParameterInvalid` with the field, `NotFound`.
    """
    source_id, target_id = (_read_id(body, name) for name in ("from", "into"))
    return _merge(store, workspace, source_id, target_id, now)


def merge_contacts(
    store: Store, workspace: Workspace, source: Contact, target: Contact, now: int
) -> Contact:
    """Make the source a part of the target; the target as it then is, also where somebody else
    did it meanwhile. Raises `NotFound` where one of them went away, `ParameterInvalid` where
    they may not become one."""
    return _merge(store, workspace, source.id, target.id, now)


def merge_histories(
    store: Store, contacts: Iterable[Contact]
) -> dict[str, Sequence[MergedContact]]:
    """Who became a part of each contact, the earliest first, by the contact's id."""
    return {contact.id: store.leaving.merge_history(contact) for contact in contacts}


def check_merged(store: Store, workspace: Workspace, contact_id: str) -> None:
    """Raise `ContactMerged` where a contact that is not there became a part of another."""
    merged = store.leaving.merged_into(workspace, "id", contact_id)
    if merged is not None:
        raise ContactMerged(merged.id)


def _merge(store: Store, workspace: Workspace, source_id: str, target_id: str, now: int) -> Contact:
    try:
        merged = store.leaving.merge(workspace, source_id, target_id, now)
    except CannotMerge as error:
        raise ParameterInvalid(error.problem, error.field) from None
    return merged or _merged_before(store, workspace, source_id, target_id)


def _merged_before(store: Store, workspace: Workspace, source_id: str, target_id: str) -> Contact:
    """The target, where the source is a part of it already. Two calls at once end here too: the
    later one finds the source gone."""
    merged = store.leaving.merged_into(workspace, "id", source_id)
    if merged is not None and merged.id == target_id:
        return merged
    for contact_id in (source_id, target_id):
        check_merged(store, workspace, contact_id)
    raise NotFound


def _read_id(body: dict[str, object], name: str) -> str:
    text = identifier_text(body.get(name)) if body.get(name) is not None else None
    if not text:
        message = f"missing {name}: send the id of a contact"
        raise ParameterNotFound(message, name)
    return text
