"""Model to the public JSON of the older API: users, leads, visitors, their lists, counts.

Shapes: docs/wire.md "The older API" and "Visitors". Times are Unix seconds. What nothing here
sets is null, false or an empty list; lists within an object have the type and the key that the
older SDKs read them by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from pastense.identity import lead_user_id
from pastense.model import Contact, Json, Role

_encode = msgspec.json.Encoder().encode
_LOCATION_KEYS: Final = (
    *("city_name", "continent_code", "country_code", "country_name", "latitude", "longitude"),
    *("postal_code", "region_name", "timezone"),
)
_UNSET_KEYS: Final = (
    *("pseudonym", "last_seen_ip", "user_agent_data", "referrer", "utm_campaign", "utm_content"),
    *("utm_medium", "utm_source", "utm_term", "do_not_track"),
)
_TYPES: Final = {Role.USER: "user", Role.LEAD: "contact", Role.VISITOR: "visitor"}


def person_object(contact: Contact) -> dict[str, Any]:
    """A user, a lead or a visitor as its role says. A lead or visitor without a `user_id` of its
    own is shown with the one that its id gives."""
    is_user = contact.role == Role.USER
    user_id = contact.external_id
    return {
        "type": _TYPES[Role(contact.role)],
        "id": contact.id,
        "user_id": user_id if is_user or user_id is not None else lead_user_id(contact.id),
        "anonymous": not is_user,
        "email": contact.email,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": {"type": "avatar", "image_url": contact.avatar},
        "app_id": contact.workspace_id,
        "owner_id": contact.owner_id,
        "companies": _typed_list("company", "companies"),
        "location_data": {"type": "location_data", **dict.fromkeys(_LOCATION_KEYS)},
        "social_profiles": _typed_list("social_profile", "social_profiles"),
        "tags": _typed_list("tag", "tags", [_tag(tag.number, tag.name) for tag in contact.tags]),
        "segments": _typed_list("segment", "segments"),
        "custom_attributes": contact.custom_attributes,
        "session_count": contact.session_count,
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "marked_email_as_spam": False,
        "has_hard_bounced": False,
        "last_request_at": contact.last_seen_at,
        "signed_up_at": contact.signed_up_at,
        "remote_created_at": contact.signed_up_at,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        **dict.fromkeys(_UNSET_KEYS),
    }


def person_body(contact: Contact) -> bytes:
    """One user, lead or visitor as JSON."""
    return _encode(person_object(contact))


def people_page(
    kind: str,
    contacts: Sequence[Contact],
    *,
    page: int,
    per_page: int,
    total_pages: int,
    total_count: int,
    following: str | None,
) -> bytes:
    """A page by number of `kind`, "user" or "contact"; `following` is the address of the next
    page, and null at the end, since SDKs look for the key."""
    pages = {
        "type": "pages",
        "next": following,
        "page": page,
        "per_page": per_page,
        "total_pages": total_pages,
    }
    return _encode(
        {
            **_people(kind, contacts),
            "total_count": total_count,
            "limited": False,
            "pages": pages,
        }
    )


def people_batch(kind: str, contacts: Sequence[Contact], cursor: str) -> bytes:
    """A batch of a scroll. `scroll_param` is always there: SDKs begin anew without it, and end
    at an empty batch."""
    return _encode({**_people(kind, contacts), "scroll_param": cursor})


def page_address(base_url: str, path: str, parameters: Mapping[str, str]) -> str:
    """The address of a page."""
    return f"{base_url}{path}?{urlencode(parameters)}"


def deletion_body(contact: Contact) -> bytes:
    """What a deletion for ever answers."""
    return _encode({"id": contact.id})


def all_counts(counts: Mapping[str, int]) -> bytes:
    """Every kind with its count."""
    return _encode({"type": "count.hash"} | {kind: {"count": n} for kind, n in counts.items()})


def kind_counts(kind: str, counts: Mapping[str, Json]) -> bytes:
    """The count of one kind, whole or by its parts."""
    return _encode({"type": "count", kind: counts})


def _people(kind: str, contacts: Sequence[Contact]) -> dict[str, Any]:
    return {"type": f"{kind}.list", f"{kind}s": [person_object(contact) for contact in contacts]}


def _typed_list(kind: str, key: str, items: Sequence[object] = ()) -> dict[str, Any]:
    return {"type": f"{kind}.list", key: items}


def _tag(number: int, name: str) -> dict[str, str]:
    return {"type": "tag", "id": str(number), "name": name}
