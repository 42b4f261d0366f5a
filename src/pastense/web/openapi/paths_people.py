"""The calls about what stands around contacts: data attributes, tags and segments."""

from __future__ import annotations

from functools import partial
from typing import Final

from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body
from pastense.web.openapi.schemas_values import FLAG_PARAMETER, text

_call = partial(call, tag="Contacts")
_ATTRIBUTE_EXAMPLES: Final[Schema] = {
    "flag": {"value": {"name": "paid_subscriber", "model": "contact", "data_type": "boolean"}},
    "list": {
        "value": {
            "name": "company_size",
            "model": "contact",
            "data_type": "options",
            "options": [{"value": "1-10"}, {"value": "11-20"}],
        }
    },
}
_CHANGE_EXAMPLES: Final[Schema] = {
    "describe": {"value": {"description": "Whether there is a paid plan"}},
    "archive": {"value": {"archived": True}},
}
_TAG_EXAMPLES: Final[Schema] = {
    "make": {"value": {"name": "Independent"}},
    "users": {"value": {"name": "Independent", "users": [{"user_id": "314159"}]}},
}
PEOPLE_PARAMETERS: Final[Schema] = {
    "data_attribute_id": {
        "name": "data_attribute_id",
        "in": "path",
        "required": True,
        "description": "The number of a declared attribute.",
        "schema": {"type": "integer"},
        "example": 1,
    },
    "attribute_model": {
        "name": "model",
        "in": "query",
        "description": "Whose attributes; only contacts have any here.",
        "schema": {"type": "string", "enum": ["contact", "company", "conversation"]},
    },
    "archived_attributes": {
        "name": "include_archived",
        "in": "query",
        "description": "Whether archived attributes are listed too.",
        "schema": FLAG_PARAMETER,
    },
    "tag_id": {
        "name": "tag_id",
        "in": "path",
        "required": True,
        "description": "The tag's id.",
        "schema": text(255, 1),
        "example": "81",
    },
    "segment_id": {
        "name": "segment_id",
        "in": "path",
        "required": True,
        "description": "The segment's id; there are none yet.",
        "schema": text(255, 1),
        "example": "56203d253cba154d39010062",
    },
    "include_count": {
        "name": "include_count",
        "in": "query",
        "description": "Whether segments are listed with how many contacts they have.",
        "schema": FLAG_PARAMETER,
    },
}


_ONE: Final = "contact_id"
_ATTRIBUTES: Final[Schema] = {
    "/data_attributes": {
        "get": _call(
            "lisDataAttributes",
            "List what contacts have, built in and declared",
            answer("The attributes.", ref("data_attribute_list")),
            ANY_CALL,
            *("attribute_model", "archived_attributes"),
        ),
        "post": with_body(
            _call(
                "createDataAttribute",
                "Declare a custom attribute with its type",
                answer("The attribute.", ref("data_attribute")),
                BODY_CALL,
            ),
            "create_data_attribute_request",
            _ATTRIBUTE_EXAMPLES,
        ),
    },
    "/data_attributes/{data_attribute_id}": {
        "put": with_body(
            _call(
                "updateDataAttribute",
                "Change a declared attribute, archive or unarchive it",
                answer("The attribute as it is now.", ref("data_attribute")),
                (*BODY_CALL, 404, 422),
                "data_attribute_id",
            ),
            "update_data_attribute_request",
            _CHANGE_EXAMPLES,
            required=False,
        )
    },
}
_TAGS: Final[Schema] = {
    "/tags": {
        "get": _call(
            "listTags", "List all tags", answer("The tags.", ref("tag_basic_list")), ANY_CALL
        ),
        "post": with_body(
            _call(
                "createTag",
                "Make or rename a tag, put it on users or take it from them",
                answer("The tag.", ref("tag_basic")),
                (*BODY_CALL, 404, 409),
            ),
            "create_tag_request",
            _TAG_EXAMPLES,
        ),
    },
    "/tags/{tag_id}": {
        "get": _call(
            "findTag",
            "Show a tag",
            answer("The tag.", ref("tag_basic")),
            (*ANY_CALL, 404),
            "tag_id",
        ),
        "delete": _call(
            "deleteTag",
            "Take a tag away from everybody",
            answer("The tag is gone."),
            (*ANY_CALL, 404),
            "tag_id",
        ),
    },
    "/contacts/{contact_id}/tags": {
        "get": _call(
            "listTagsForAContact",
            "List the tags of a contact",
            answer("The tags.", ref("tag_list")),
            (*ANY_CALL, 404, 410),
            _ONE,
        ),
        "post": with_body(
            _call(
                "attachTagToContact",
                "Put a tag on a contact",
                answer("The tag.", ref("tag")),
                (*BODY_CALL, 404, 410),
                _ONE,
            ),
            "attach_tag_request",
            {"tag": {"value": {"id": "81"}}},
        ),
    },
    "/contacts/{contact_id}/tags/{tag_id}": {
        "delete": _call(
            "detachTagFromContact",
            "Take a tag from a contact",
            answer("The tag as it was there.", ref("tag")),
            (*ANY_CALL, 404, 410),
            *(_ONE, "tag_id"),
        )
    },
}
_SEGMENTS: Final[Schema] = {
    "/segments": {
        "get": _call(
            "listSegments",
            "List the segments; there are none yet",
            answer("The segments.", ref("segment_list")),
            ANY_CALL,
            "include_count",
        )
    },
    "/segments/{segment_id}": {
        "get": _call(
            "retrieveSegment",
            "Show a segment; there are none yet",
            answer("The segment.", ref("segment")),
            (*ANY_CALL, 404),
            "segment_id",
        )
    },
    "/contacts/{contact_id}/segments": {
        "get": _call(
            "listSegmentsForAContact",
            "List the segments of a contact; there are none yet",
            answer("The segments.", ref("contact_segments")),
            (*ANY_CALL, 404, 410),
            _ONE,
        )
    },
}
PEOPLE_PATHS: Final[Schema] = {**_ATTRIBUTES, **_TAGS, **_SEGMENTS}
