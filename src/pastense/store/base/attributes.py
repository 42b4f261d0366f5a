"""What a store does with declared custom attributes."""

from __future__ import annotations

from typing import Protocol

from pastense.model import AuditEntry, DataAttribute, Json, Workspace


class AttributeExists(Exception):
    """The name is declared already; the attribute that has it is named here."""

    def __init__(self, attribute: DataAttribute) -> None:
        super().__init__(attribute.name)
        self.attribute = attribute


class TooManyDeclared(Exception):
    """The workspace has `DATA_ATTRIBUTES_MAX` declared attributes."""


class AttributeStore(Protocol):
    """Declared custom attributes. What they say binds every write of a contact."""

    def all(self, workspace: Workspace) -> list[DataAttribute]:
        """All declared attributes, archived ones too, the oldest first."""
        ...

    def find(self, workspace: Workspace, number: int) -> DataAttribute | None:
        """The declared attribute with that number."""
        ...

    def create(
        self, workspace: Workspace, attribute: DataAttribute, entry: AuditEntry
    ) -> DataAttribute:
        """Declare an attribute; raises `AttributeExists` and `TooManyDeclared`."""
        ...

    def update(
        self, workspace: Workspace, number: int, fields: dict[str, Json], entry: AuditEntry
    ) -> DataAttribute | None:
        """Change `description`, `options`, `messenger_writable` or `archived`; None where there
        is no such attribute."""
        ...
