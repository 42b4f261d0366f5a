"""Describe the service in OpenAPI: one document, put together from the rooms of this package."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from pastense import __version__
from pastense.web.openapi.parameters import HEADERS, PARAMETERS, RESPONSES, VERSION_SCHEMA
from pastense.web.openapi.parts import Schema
from pastense.web.openapi.paths_bulk import BULK_PARAMETERS, BULK_PATHS
from pastense.web.openapi.paths_catalogue import CATALOGUE_PARAMETERS, CATALOGUE_PATHS
from pastense.web.openapi.paths_contacts import CONTACT_PATHS
from pastense.web.openapi.paths_events import EVENT_PATHS
from pastense.web.openapi.paths_explain import EXPLAIN_PATHS
from pastense.web.openapi.paths_older import OLDER_PARAMETERS, OLDER_PATHS, with_leads
from pastense.web.openapi.paths_people import PEOPLE_PARAMETERS, PEOPLE_PATHS
from pastense.web.openapi.paths_service import SERVICE_PATHS
from pastense.web.openapi.paths_visitors import VISITOR_PARAMETERS, VISITOR_PATHS
from pastense.web.openapi.paths_webhooks import WEBHOOK_PARAMETERS, WEBHOOK_PATHS
from pastense.web.openapi.paths_workspaces import WORKSPACE_PATHS
from pastense.web.openapi.schemas_bulk import BULK_SCHEMAS
from pastense.web.openapi.schemas_catalogue import CATALOGUE_SCHEMAS
from pastense.web.openapi.schemas_contacts import CONTACT_SCHEMAS
from pastense.web.openapi.schemas_events import EVENT_SCHEMAS
from pastense.web.openapi.schemas_explain import EXPLAIN_SCHEMAS
from pastense.web.openapi.schemas_older import OLDER_SCHEMAS
from pastense.web.openapi.schemas_people import PEOPLE_SCHEMAS
from pastense.web.openapi.schemas_search import SEARCH_SCHEMAS
from pastense.web.openapi.schemas_service import SERVICE_SCHEMAS
from pastense.web.openapi.schemas_values import VALUE_SCHEMAS
from pastense.web.openapi.schemas_webhooks import WEBHOOK_SCHEMAS
from pastense.web.openapi.schemas_workspaces import WORKSPACE_SCHEMAS

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
    "tags": [
        {"name": "Data Events"},
        {"name": "Contacts"},
        {"name": "Bulk"},
        {"name": "Catalogue"},
        {"name": "Explaining"},
        {"name": "Older API"},
        {"name": "Service"},
        {"name": "Visitors"},
        {"name": "Webhooks"},
        {"name": "Workspaces"},
    ],
    "paths": EVENT_PATHS
    | with_leads(CONTACT_PATHS)
    | OLDER_PATHS
    | VISITOR_PATHS
    | PEOPLE_PATHS
    | BULK_PATHS
    | CATALOGUE_PATHS
    | EXPLAIN_PATHS
    | SERVICE_PATHS
    | WEBHOOK_PATHS
    | WORKSPACE_PATHS,
    "components": {
        "securitySchemes": _SECURITY,
        "parameters": PARAMETERS
        | PEOPLE_PARAMETERS
        | OLDER_PARAMETERS
        | VISITOR_PARAMETERS
        | BULK_PARAMETERS
        | CATALOGUE_PARAMETERS
        | WEBHOOK_PARAMETERS,
        "headers": HEADERS,
        "responses": RESPONSES,
        "schemas": {
            "intercom_version": VERSION_SCHEMA,
            **VALUE_SCHEMAS,
            **EVENT_SCHEMAS,
            **SEARCH_SCHEMAS,
            **CONTACT_SCHEMAS,
            **OLDER_SCHEMAS,
            **PEOPLE_SCHEMAS,
            **BULK_SCHEMAS,
            **CATALOGUE_SCHEMAS,
            **EXPLAIN_SCHEMAS,
            **SERVICE_SCHEMAS,
            **WEBHOOK_SCHEMAS,
            **WORKSPACE_SCHEMAS,
        },
    },
}


def description() -> dict[str, object]:
    """The OpenAPI 3.1 description of every call that is served; a copy of the caller's own."""
    return deepcopy(_DOCUMENT)
