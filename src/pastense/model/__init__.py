"""The frozen values that pass between the floors; each room of them has its module."""

from pastense.model.contacts import Contact, Role, Tag
from pastense.model.events import (
    Accepted,
    Disagreement,
    IdentifierKind,
    ImportedSummary,
    ListedEvent,
    NewEvent,
    Outcome,
    Refused,
    Summary,
)
from pastense.model.values import Json
from pastense.model.workspaces import AuditEntry, Token, Workspace, WritePolicy

__all__ = [
    "Accepted",
    "AuditEntry",
    "Contact",
    "Disagreement",
    "IdentifierKind",
    "ImportedSummary",
    "Json",
    "ListedEvent",
    "NewEvent",
    "Outcome",
    "Refused",
    "Role",
    "Summary",
    "Tag",
    "Token",
    "Workspace",
    "WritePolicy",
]
