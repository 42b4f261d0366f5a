"""What a merged contact leaves to the one it becomes a part of."""

from __future__ import annotations

from pastense.limits import CUSTOM_ATTRIBUTES_MAX
from pastense.model import Contact, Json
from pastense.store.base.leaving import CannotMerge
from pastense.store.relational.connection import Connection
from pastense.store.relational.people.contact_rows import SQL, require_contact, set_fields

_BLANKS = ("name", "phone", "avatar", "owner_id")


def merge_attributes(connection: Connection, source: Contact, target: Contact) -> None:
    """Give the target the source's custom attributes that it has not, those included that are
    archived and not shown; the source's row is still there. Raises `CannotMerge`."""
    connection.execute(SQL["merge_attributes"], (source.number, target.number))
    (count,) = connection.execute(SQL["count_attributes"], (target.number,)).fetchone()
    if count > CUSTOM_ATTRIBUTES_MAX:
        message = f"together they would have more than {CUSTOM_ATTRIBUTES_MAX} custom attributes"
        raise CannotMerge(message, "from")


def merge_fields(connection: Connection, source: Contact, target: Contact, now: int) -> Contact:
    """Fill what the target has not from the source; what the target has stays. Identifiers of
    the source are free by now. Returns the target as it then is."""
    fields: dict[str, Json] = {
        name: getattr(source, name)
        for name in _BLANKS
        if getattr(target, name) is None and getattr(source, name) is not None
    }
    fields |= _identifiers(connection, source, target) | _times(source, target)
    fields["session_count"] = source.session_count + target.session_count
    fields["unsubscribed_from_emails"] = (
        source.unsubscribed_from_emails or target.unsubscribed_from_emails
    )
    set_fields(connection, target.number, fields | {"updated_at": now})
    return require_contact(connection, target.number)


def _identifiers(connection: Connection, source: Contact, target: Contact) -> dict[str, Json]:
    """The source's own id and email, where the target has none. An email that another user has
    goes to nobody: two users must not share one."""
    fields: dict[str, Json] = {}
    if target.external_id is None and source.external_id is not None:
        fields["external_id"] = source.external_id
    if target.email is None and source.email is not None:
        parameters = (target.workspace, source.email.lower(), target.number)
        taken = connection.execute(SQL["taken_email"], parameters).fetchone()
        if taken is None or target.role != "user":
            fields["email"] = source.email
    return fields


def _times(source: Contact, target: Contact) -> dict[str, Json]:
    """The earliest sign-up and the latest visit of the two."""
    fields: dict[str, Json] = {}
    for name, pick in (("signed_up_at", min), ("last_seen_at", max)):
        given = [t for t in (getattr(source, name), getattr(target, name)) if t is not None]
        fields[name] = pick(given) if given else None
    return fields
