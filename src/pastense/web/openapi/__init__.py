"""Describe the service in OpenAPI: one document, put together from the rooms of this package."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from pastense import __version__
from pastense.web.openapi.parameters import HEADERS, PARAMETERS, RESPONSES, VERSION_SCHEMA
from pastense.web.openapi.parts import Schema
from pastense.web.openapi.paths_contacts import CONTACT_PATHS
from pastense.web.openapi.paths_events import EVENT_PATHS
from pastense.web.openapi.paths_service import SERVICE_PATHS
from pastense.web.openapi.schemas_contacts import CONTACT_SCHEMAS
from pastense.web.openapi.schemas_events import EVENT_SCHEMAS
from pastense.web.openapi.schemas_search import SEARCH_SCHEMAS
from pastense.web.openapi.schemas_service import SERVICE_SCHEMAS
from pastense.web.openapi.schemas_values import VALUE_SCHEMAS

_DESCRIPTION: Final = (
    "Events of contacts, each stored once, spoken on the wire of Intercom's Data Events API. "
    "Text is UTF-8 without NUL and unpaired surrogates, numbers are finite and integers have "
    "64 bits, JSON nests at most 16 deep. Fields that are not described are ignored. A path "
    "that knows a method not at all answers 405 with an Allow header; every error is an "
    "error.list."
)
_SECURITY: Final[Schema] = {
    "bearerAuth": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made by `pastense token create`.",
    },
    "basicAuth": {
        "type": "http",
        "scheme": "basic",
        "description": "The token as user name with an empty password, or as password.",
    },
}
_DOCUMENT: Final[Schema] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Pastense",
        "version": __version__,
        "description": _DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [{"url": "/"}],
    "security": [{"bearerAuth": []}, {"basicAuth": []}],
    "tags": [{"name": "Data Events"}, {"name": "Contacts"}, {"name": "Service"}],
    "paths": EVENT_PATHS | CONTACT_PATHS | SERVICE_PATHS,
    "components": {
        "securitySchemes": _SECURITY,
        "parameters": PARAMETERS,
        "headers": HEADERS,
        "responses": RESPONSES,
        "schemas": {
            "intercom_version": VERSION_SCHEMA,
            **VALUE_SCHEMAS,
            **EVENT_SCHEMAS,
            **SEARCH_SCHEMAS,
            **CONTACT_SCHEMAS,
            **SERVICE_SCHEMAS,
        },
    },
}


def description() -> dict[str, object]:
    """The OpenAPI 3.1 description of every call that is served; a copy of the caller's own."""
    return deepcopy(_DOCUMENT)
