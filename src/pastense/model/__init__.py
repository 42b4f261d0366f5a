"""The frozen values that pass between the floors; each room of them has its module."""

from pastense.model.attributes import DataAttribute
from pastense.model.catalogue import EventName, IgnoredKey, TrackedKey
from pastense.model.contacts import AppliedTag, Contact, MergedContact, Role, Tag
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
from pastense.model.jobs import Job, JobTask, NewJob, RefusedItem
from pastense.model.values import Json
from pastense.model.webhooks import (
    DeadDelivery,
    Delivery,
    FailedAttempt,
    NewSubscription,
    Subscription,
    SubscriptionChange,
)
from pastense.model.workspaces import AuditEntry, Token, Workspace, WritePolicy

__all__ = [
    "Accepted",
    "AppliedTag",
    "AuditEntry",
    "Contact",
    "DataAttribute",
    "DeadDelivery",
    "Delivery",
    "Disagreement",
    "EventName",
    "FailedAttempt",
    "IdentifierKind",
    "IgnoredKey",
    "ImportedSummary",
    "Job",
    "JobTask",
    "Json",
    "ListedEvent",
    "MergedContact",
    "NewEvent",
    "NewJob",
    "NewSubscription",
    "Outcome",
    "Refused",
    "RefusedItem",
    "Role",
    "Subscription",
    "SubscriptionChange",
    "Summary",
    "Tag",
    "Token",
    "TrackedKey",
    "Workspace",
    "WritePolicy",
]
