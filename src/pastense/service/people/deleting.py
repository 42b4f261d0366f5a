"""Delete a contact: unreachable at once, what it did erased behind the answer.

Source: decisions.md "Contacts".
"""

from __future__ import annotations

from contextlib import suppress

from pastense.errors import NotFound
from pastense.model import AuditEntry, Contact, Workspace
from pastense.store.base import Store, StoreError


def delete_contact(
    store: Store, workspace: Workspace, contact_id: str, entry: AuditEntry
) -> Contact:
    """Make a contact unreachable and erase the first of what it did; the rest is erased behind
    the answer. `entry` says in the audit log that it was done, not to whom. Raises `NotFound`."""
    deleted = store.leaving.delete(workspace, contact_id, entry)
    if deleted is None:
        raise NotFound
    with suppress(StoreError):  # The contact is deleted already; the erasing goes on by itself.
        store.leaving.erase_step()
    return deleted
