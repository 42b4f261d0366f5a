"""Users of the older API: saved by whatever names them, found, listed, archived.

Source: docs/wire.md "The older API", decisions.md "The older API".
"""

from __future__ import annotations

from pastense.errors import (
    Conflict,
    NotFound,
    ParameterInvalid,
    ParameterNotFound,
    ambiguous_email,
)
from pastense.identity import contact_id_of
from pastense.model import AuditEntry, Contact, IdentifierKind, Role, Workspace
from pastense.service.older.older_fields import read_named, read_user_change, require_named
from pastense.service.people.contacts import archive_contact, store_refusals
from pastense.service.people.deleting import delete_contact
from pastense.store.base import EmailShared, Named, Store
from pastense.wire.submission import identifier_problem, identifier_text


def save_user(
    store: Store,
    workspace: Workspace,
    body: dict[str, object],
    now: int,
    contact_id: str | None = None,
) -> Contact:
    """Change the user that the body names, or the one with `contact_id`; add it where nobody has
    its `user_id` or email. An archived user comes back.

    Raises `ParameterNotFound`, `ParameterInvalid`, `NotFound` for an unknown id, and `Conflict`
    where an identifier belongs to somebody else or an email to several.
    """
    named = read_named(body if contact_id is None else body | {"id": contact_id})
    change = read_user_change(body, require_named(named), now)
    try:
        with store_refusals():
            user = store.people.save_user(workspace, named, change, now)
    except EmailShared:
        raise Conflict(ambiguous_email(named.email or ""), "email") from None
    if user is None:
        raise NotFound(None, "id" if contact_id is None else None)
    return user


def get_user(
    store: Store, workspace: Workspace, named: Named, *, archived: bool = False
) -> Contact:
    """The user that is named; an archived one only where that is asked for. Raises `NotFound`,
    and `Conflict` where an email names several."""
    kind, value = strongest(named)
    found = store.contacts.find(workspace, kind, value)
    live = [user for user in found if user.archived_at is None]
    if len(live) > 1:
        raise Conflict(ambiguous_email(value), "email")
    candidates = live or (found if archived else [])
    if not candidates or candidates[0].role != Role.USER:
        raise NotFound
    return candidates[0]


def archive_user(store: Store, workspace: Workspace, named: Named, now: int) -> Contact:
    """Archive the user that is named; doing it twice changes nothing. Raises as `get_user`."""
    user = get_user(store, workspace, named, archived=True)
    return archive_contact(store, workspace, user.id, True, now)


def delete_for_ever(
    store: Store, workspace: Workspace, body: dict[str, object], entry: AuditEntry
) -> Contact:
    """Delete the contact that `intercom_user_id` names, archived or not, of any role. Raises
    `ParameterNotFound`, `ParameterInvalid` and `NotFound`."""
    value = body.get("intercom_user_id")
    if value is None:
        message = "missing intercom_user_id: send the id of a user"
        raise ParameterNotFound(message, "intercom_user_id")
    text = identifier_text(value)
    problem = identifier_problem("intercom_user_id", text)
    if text is None or problem is not None:
        raise ParameterInvalid(problem, "intercom_user_id")
    return delete_contact(store, workspace, contact_id_of(text) or text, entry)


def strongest(named: Named) -> tuple[IdentifierKind, str]:
    """The identifier that decides who is meant; raises `ParameterNotFound` where there is none."""
    require_named(named)
    if named.id is not None:
        return "id", named.id
    if named.user_id is not None:
        return "user_id", named.user_id
    return "email", named.email or ""
