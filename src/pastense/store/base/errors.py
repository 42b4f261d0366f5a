"""The errors that a store may raise."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot answer: locked, full, broken or gone. Nothing was recorded."""


class StoreDataError(StoreError):
    """The store took offence at the data itself; a smaller group may still succeed."""


class StorePartError(StoreDataError):
    """A part of the store does not answer, and the data needs it; what is elsewhere may succeed."""


class StoreUndone(StoreError):
    """It was undone for what has passed by now: a deadlock, or a broken connection between two
    machines of the store. The same again, in a transaction that is alone, may succeed."""


class StoreLost(StoreError):
    """The connection to the database was lost: nobody knows whether anything was recorded."""


class StoreRefused(Exception):
    """The store cannot be opened as asked; the message tells the operator what to do."""


class ContactExists(Exception):
    """Another contact has one of the identifiers; it is named here."""

    def __init__(self, contact_id: str, archived: bool) -> None:
        super().__init__(contact_id)
        self.contact_id = contact_id
        self.archived = archived


class AttributeRefused(Exception):
    """A custom attribute is declared, and the value does not fit; `problem` is a sentence."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name)
        self.name = name
        self.problem = problem


class TooManyAttributes(Exception):
    """With this change the contact would have more custom attributes than it may have."""
