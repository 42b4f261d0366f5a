"""Model to public JSON: contacts, event pages, summaries, /me.

Shapes: docs/wire.md "Listing events", "Summaries" and "Contacts", and the official descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from pastense.identity import event_id, format_cursor
from pastense.limits import CONTACT_TAGS_SHOWN
from pastense.model import Contact, ListedEvent, MergedContact, Summary, Token

_encode = msgspec.json.Encoder().encode
_UNSET_KEYS: Final = (
    *("last_replied_at", "last_contacted_at", "last_email_opened_at", "last_email_clicked_at"),
    *("language_override", "browser", "browser_version", "browser_language", "os"),
    *(f"android_{key}" for key in ("app_name", "app_version", "device", "os_version")),
    *("android_sdk_version", "android_last_seen_at"),
    *(f"ios_{key}" for key in ("app_name", "app_version", "device", "os_version")),
    *("ios_sdk_version", "ios_last_seen_at"),
    *("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "referrer"),
)
"""Keys of the reference's contact that nothing here sets; readers may expect them as null."""


def event_page(
    contact: Contact,
    events: list[ListedEvent],
    base_url: str,
    per_page: int,
    next_before: int | None,
    since: int,
    asked_since: int | None,
) -> bytes:
    """The `event.list` of one page. `next` keeps the caller's `since`; it is null at the end."""
    who = f"intercom_user_id={contact.id}&type=user"
    following = None
    if next_before is not None:
        before = f"per_page={per_page}&before={format_cursor(next_before)}"
        kept = "" if asked_since is None else f"&since={format_cursor(asked_since)}"
        following = f"{base_url}/events?{before}&{who}{kept}"
    newer = f"{base_url}/events?{who}&since={format_cursor(since)}"
    return _encode(
        {
            "type": "event.list",
            **_person(contact),
            "events": [_event(contact, event) for event in events],
            "pages": {"next": following, "since": newer},
        }
    )


def event_summary(contact: Contact, summaries: list[Summary]) -> bytes:
    """The `event.summary` of a contact, one item per name."""
    return _encode(
        {
            "type": "event.summary",
            **_person(contact),
            "events": [
                {
                    "name": summary.name,
                    "first": iso_milliseconds(summary.first),
                    "last": iso_milliseconds(summary.last),
                    "count": summary.count,
                    "description": summary.description,
                }
                for summary in summaries
            ],
        }
    )


def iso_milliseconds(seconds: int) -> str:
    """ISO 8601 with milliseconds, which older SDKs insist on (docs/wire.md "Summaries")."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def contact_object(contact: Contact) -> dict[str, Any]:
    """The whole contact, every key of the reference, null where it is unset."""
    return {
        "type": "contact",
        "id": contact.id,
        "workspace_id": contact.workspace_id,
        "external_id": contact.external_id,
        "role": contact.role,
        "email": contact.email,
        "email_domain": contact.email.rpartition("@")[2] if contact.email else None,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": {"type": "avatar", "image_url": contact.avatar} if contact.avatar else None,
        "owner_id": contact.owner_id,
        "social_profiles": {"type": "list", "data": []},
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at,
        "last_seen_at": contact.last_seen_at,
        **dict.fromkeys(_UNSET_KEYS),
        "location": {"type": "location", **dict.fromkeys(_LOCATION_KEYS)},
        "custom_attributes": contact.custom_attributes,
        "tags": _tags(contact),
        "notes": _sublist(contact, "notes"),
        "companies": _sublist(contact, "companies"),
        "opted_out_subscription_types": _sublist(contact, "subscriptions"),
        "opted_in_subscription_types": _sublist(contact, "subscriptions"),
        "enabled_push_messaging": None,
    }


def contact_reference(contact: Contact, **flag: bool) -> bytes:
    """What archiving and deleting answer: who it was and what is now true."""
    return _encode(
        {"type": "contact", "id": contact.id, "external_id": contact.external_id, **flag}
    )


Histories = Mapping[str, Sequence[MergedContact]]
"""Who became a part of each contact, by the contact's id."""


def contact_body(contact: Contact, histories: Histories | None = None) -> bytes:
    """One contact as JSON, with its merge history where it is given."""
    return _encode(contact_object(contact) | _history(contact, histories))


def contact_list(
    contacts: list[Contact],
    total_count: int,
    per_page: int,
    next_cursor: str | None,
    histories: Histories | None = None,
) -> bytes:
    """A page of contacts; `pages.next` is absent on the last one (docs/wire.md "Contacts")."""
    pages: dict[str, Any] = {
        "type": "pages",
        "page": 1,
        "per_page": per_page,
        "total_pages": -(-total_count // per_page),
    }
    if next_cursor is not None:
        pages["next"] = {"per_page": per_page, "starting_after": next_cursor}
    return _encode(
        {
            "type": "list",
            "data": [contact_object(c) | _history(c, histories) for c in contacts],
            "total_count": total_count,
            "pages": pages,
        }
    )


def me_body(token: Token) -> bytes:
    """Who a token is: an admin object with its workspace as the app. A token has no email and
    no region; the reference does not let them be null, so they are left out."""
    return _encode(
        {
            "type": "admin",
            "id": str(token.number),
            "name": token.name,
            "email_verified": None,
            "app": {
                "type": "app",
                "id_code": token.workspace.id,
                "name": token.workspace.name,
                "created_at": token.workspace.created_at,
                "secure": False,
                "identity_verification": False,
                "timezone": "UTC",
            },
            "avatar": {"type": "avatar", "image_url": None},
            "has_inbox_seat": False,
        }
    )


_LOCATION_KEYS: Final = ("country", "region", "city", "country_code", "continent_code")


def _history(contact: Contact, histories: Histories | None) -> dict[str, Any]:
    if histories is None:
        return {}
    merged = [
        {
            "type": "merge_history",
            "source_contact_id": source.id,
            "source_contact_role": source.role,
            "merged_at": source.merged_at,
        }
        for source in histories[contact.id]
    ]
    return {"merge_history": merged}


def _person(contact: Contact) -> dict[str, Any]:
    return {
        "email": contact.email,
        "intercom_user_id": contact.id,
        "user_id": contact.external_id,
    }


def _event(contact: Contact, event: ListedEvent) -> dict[str, Any]:
    return {
        "type": "event",
        "id": event_id(contact.id, event.created_at, event.slot),
        "created_at": event.created_at,
        "event_name": event.name,
        **_person(contact),
        "metadata": msgspec.Raw(event.metadata.encode()),
    }


def _tags(contact: Contact) -> dict[str, Any]:
    """The first ten tags; the list of its own has them all (docs/wire.md "Tags")."""
    shown = [
        {"type": "tag", "id": str(tag.number), "url": f"/tags/{tag.number}"}
        for tag in contact.tags[:CONTACT_TAGS_SHOWN]
    ]
    count = len(contact.tags)
    more = {"data": shown, "total_count": count, "has_more": count > len(shown)}
    return _sublist(contact, "tags") | more


def _sublist(contact: Contact, name: str) -> dict[str, Any]:
    url = f"/contacts/{contact.id}/{name}"
    return {"type": "list", "data": [], "url": url, "total_count": 0, "has_more": False}
