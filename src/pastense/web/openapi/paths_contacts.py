"""The calls about contacts."""

from __future__ import annotations

from functools import partial
from typing import Final

from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body

_call = partial(call, tag="Contacts")
_CREATE_EXAMPLES: Final[Schema] = {
    "user": {"value": {"external_id": "271828", "email": "joe@example.org", "name": "Joe"}},
    "lead": {"value": {"role": "lead", "email": "ann@example.org"}},
}
_UPDATE_EXAMPLES: Final[Schema] = {
    "rename": {"value": {"name": "Ada Lovelace", "custom_attributes": {"plan": "team"}}}
}
_SEARCH_EXAMPLES: Final[Schema] = {
    "users": {
        "summary": "Users that have an external id",
        "value": {
            "query": {
                "operator": "AND",
                "value": [
                    {"field": "role", "operator": "=", "value": "user"},
                    {"field": "external_id", "operator": "!=", "value": None},
                ],
            },
            "pagination": {"per_page": 5},
            "sort": {"field": "created_at", "order": "ascending"},
        },
    },
    "attribute": {
        "value": {"query": {"field": "custom_attributes.seats", "operator": ">", "value": 2}}
    },
}


_MERGE_EXAMPLES: Final[Schema] = {
    "lead": {"value": {"from": "5ba682d23d7cf92bef87bfd4", "into": "5ba682d23d7cf92bef87bfd5"}}
}
_LINKED: Final = (
    *("ShowContact", "UpdateContact", "DeleteContact"),
    *("ArchiveContact", "UnarchiveContact"),
)


def _links() -> Schema:
    """What can be called with the id of a new contact."""
    return {
        name: {"operationId": name, "parameters": {"contact_id": "$response.body#/id"}}
        for name in _LINKED
    }


def _contact(description: str) -> Schema:
    return answer(description, ref("contact"))


def _written(description: str) -> Schema:
    return answer(description, ref("contact"), "Pastense-Ignored-Fields")


def _list() -> Schema:
    return answer("A page of contacts; archived ones are left out.", ref("contact_list"))


_ONE: Final = "contact_id"
_HISTORY: Final = "include_merge_history"

CONTACT_PATHS: Final[Schema] = {
    "/contacts": {
        "get": _call(
            "ListContacts",
            "List contacts, the newest first",
            _list(),
            ANY_CALL,
            "contacts_per_page",
            "starting_after",
            _HISTORY,
        ),
        "post": with_body(
            _call(
                "CreateContact",
                "Add a user or a lead",
                {**_written("The new contact."), "links": _links()},
                (*BODY_CALL, 409),
            ),
            "create_contact_request",
            _CREATE_EXAMPLES,
        ),
    },
    "/contacts/{contact_id}": {
        "get": _call(
            "ShowContact",
            "Show one contact",
            _contact("The contact, archived or not."),
            (*ANY_CALL, 404, 410),
            _ONE,
            _HISTORY,
        ),
        "put": with_body(
            _call(
                "UpdateContact",
                "Change a contact in part",
                _written("The contact as it is now."),
                (*BODY_CALL, 404, 409, 410),
                _ONE,
                _HISTORY,
            ),
            "update_contact_request",
            _UPDATE_EXAMPLES,
            required=False,
        ),
        "delete": _call(
            "DeleteContact",
            "Delete a contact and all it did",
            answer("The contact is gone.", ref("contact_deleted")),
            (*ANY_CALL, 404, 410),
            _ONE,
        ),
    },
    "/contacts/merge": {
        "post": with_body(
            _call(
                "MergeContact",
                "Make a lead a part of a user",
                _contact("The user, with what the lead did and what only the lead had."),
                (*BODY_CALL, 404, 410),
                _HISTORY,
            ),
            "merge_contacts_request",
            _MERGE_EXAMPLES,
        )
    },
    "/contacts/search": {
        "post": with_body(
            _call(
                "SearchContacts",
                "Search contacts by their fields",
                _list(),
                BODY_CALL,
                _HISTORY,
            ),
            "search_request",
            _SEARCH_EXAMPLES,
        )
    },
    "/contacts/find_by_external_id/{external_id}": {
        "get": _call(
            "ShowContactByExternalId",
            "Show the contact with your own id",
            _contact("The contact, archived or not."),
            (*ANY_CALL, 404),
            "external_id",
            _HISTORY,
        )
    },
    "/contacts/{contact_id}/archive": {
        "post": _call(
            "ArchiveContact",
            "Take a contact out of lists and searches",
            answer("The contact is archived.", ref("contact_archived")),
            (*ANY_CALL, 404, 410),
            _ONE,
        )
    },
    "/contacts/{contact_id}/block": {
        "post": _call(
            "BlockContact",
            "Mark a contact as blocked; events are accepted all the same",
            answer("The contact is blocked.", ref("contact_blocked")),
            (*ANY_CALL, 404, 410),
            _ONE,
        )
    },
    "/contacts/{contact_id}/unarchive": {
        "post": _call(
            "UnarchiveContact",
            "Bring an archived contact back",
            answer("The contact is no longer archived.", ref("contact_unarchived")),
            (*ANY_CALL, 404, 410),
            _ONE,
        )
    },
}
