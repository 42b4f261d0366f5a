"""Every limit with its unit in the name, and the relations between them.

The defaults are those of the decisions page; each field is a setting of the same name.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

DAY_S = 86_400
# These belong to the wire or to the storage format, so nobody may set them.
TEXT_CHARACTERS_MAX = 2_000
"""Characters in one metadata text, and in one text of a contact's custom attributes."""
IDENTIFIER_CHARACTERS_MAX = 255
EMAIL_CHARACTERS_MAX = 254
EVENT_NAME_CHARACTERS_MAX = 255
METADATA_KEY_CHARACTERS_MAX = 255
CUSTOM_ATTRIBUTES_MAX = 250
DATA_ATTRIBUTES_MAX = 1_000
"""Declared attributes of a workspace, archived ones included."""
OPTION_VALUES_MAX = 250
OPTION_CHARACTERS_MAX = 255
TAG_NAME_CHARACTERS_MAX = 255
TAG_NAMES_MAX = 5_000
"""Tags of a workspace."""
CONTACT_TAGS_COUNT_MAX = 250
CONTACT_TAGS_SHOWN = 10
"""Tags within a contact's object; its own list has them all."""
TAG_STEP_ITEMS_MAX = 2_000
"""Contacts that lose a deleted tag in one transaction."""
FIELD_CHARACTERS_MAX = 1_000
"""So much of a path in a body is told as the field of an error."""
IGNORED_FIELDS_CHARACTERS_MAX = 1_000
"""The header that names fields which were not kept."""
INTEGER_MAX = 2**63 - 1
INTEGER_MIN = -(2**63)
JSON_DEPTH_MAX = 16
CREATED_AT_END_S = 10**11
"""The first `created_at` that cannot be seconds: such a number is milliseconds."""
SUMMARY_COUNT_MAX = 10**12
SLOTS_MAX = 10_000_000
"""Event names a workspace can ever have: a slot is a part of an event's 100-ns time."""
EVENTS_PER_PAGE_DEFAULT = 15
EVENTS_PER_PAGE_MAX = 150
CONTACTS_PER_PAGE_DEFAULT = 50
CONTACTS_PER_PAGE_MAX = 150
PEOPLE_PER_PAGE_DEFAULT = 50
PEOPLE_PER_PAGE_MAX = 60
PEOPLE_LAST_PAGE = 2_000
"""How deep pages by number reach in the older API; beyond that there is the scroll."""
SCROLL_ITEMS = 100
CREATED_SINCE_DAYS_MAX = 100_000
SEARCH_FILTERS_MAX = 15
SEARCH_NESTING_MAX = 2
SEARCH_VALUES_MAX = 1_000
"""Values in one IN or NIN list."""
QUERY_BYTES_MAX = 16 * 1024
TOKEN_CACHE_S = 0.5
"""How long a token's row is believed, so that a revocation holds within one second."""
TOKENS_CACHED_MAX = 10_000
ERASE_STEP_EVENTS_MAX = 2_000
"""Events erased in one transaction after a contact's deletion, so that ingest waits little."""
MERGE_EVENTS_MAX = 10_000
"""Events that move with a merge in its one transaction; more follow in steps."""
MOVE_STEP_EVENTS_MAX = 500
NAMES_PER_PAGE_DEFAULT = 50
NAMES_PER_PAGE_MAX = 150
IGNORED_KEYS_MAX = 100
"""Ignored metadata keys of one event name that are counted by name; the others together."""
PRUNE_STEP_EVENTS_MAX = 1_000
"""Events that lose their metadata in one transaction, so that ingest waits little."""
FORGET_STEP_EVENTS_MAX = 1_000
"""Tombstones forgotten in one transaction."""
REFUSAL_TEXT_CHARACTERS_MAX = 200
"""Characters kept of each text of a refusal."""
REFUSALS_PER_PAGE_DEFAULT = 50
REFUSALS_PER_PAGE_MAX = 150
AUDIT_PER_PAGE_DEFAULT = 50
AUDIT_PER_PAGE_MAX = 150
"""Entries of the audit log, and tokens, on one page."""
LABEL_CHARACTERS_MAX = 255
"""Characters in the name of a workspace or of a token."""
BULK_STEP_ITEMS_MAX = 100
"""People of a bulk call in one transaction, so that ingest waits little."""
JOB_OPEN_S = 900
"""How long a bulk job takes further items, unless its `closing_at` was moved."""
JOB_CLOSING_MAX_S = 86_400
"""How long after its creation a job may be kept open."""
JOB_ERRORS_KEPT_S = 86_400
JOBS_KEPT_DAYS = 7
JOB_ERROR_BYTES_MAX = 8 * 1024
"""The data of one refused item, as JSON; of a larger one only the identifiers are kept."""
JOB_ERRORS_PER_PAGE_MAX = 1_000
JOB_TASKS_SHOWN_MAX = 100
JOB_STEP_ITEMS_MAX = 500
"""Refused items of jobs forgotten in one transaction, and jobs."""
SUBSCRIPTIONS_MAX = 100
"""Webhook subscriptions of one workspace."""
SUBSCRIPTION_NAMES_MAX = 1_000
"""Event names of one subscription."""
WEBHOOK_URL_CHARACTERS_MAX = 2_000
WEBHOOK_SECRET_CHARACTERS_MIN = 16
WEBHOOK_SECRET_CHARACTERS_MAX = 255
WEBHOOK_STEP_ITEMS_MAX = 1_000
"""Deliveries that are given up, queued again or erased in one transaction."""
DEAD_DELIVERIES_KEPT_DAYS = 7
DEAD_DELIVERIES_PER_PAGE_DEFAULT = 50
DEAD_DELIVERIES_PER_PAGE_MAX = 150
UNREAD_BODY_BYTES_MAX = 64 * 1024 * 1024
"""What a client may still send after an early answer before its connection is cut."""


AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Days = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
"""No further back than seconds reach."""
Keys = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Names = Annotated[int, msgspec.Meta(ge=0, le=SLOTS_MAX)]
Calls = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may set. Units are the last word of each name."""

    body_bytes_max: AtLeastOne = 1024 * 1024
    bulk_body_bytes_max: AtLeastOne = 20 * 1024 * 1024
    list_items_max: AtLeastOne = 1_000
    queue_events_max: AtLeastOne = 20_000
    group_events_max: AtLeastOne = 4_000
    created_at_ahead_max_s: NotNegative = 86_400
    metadata_keys_max: Keys = 10
    tracked_keys_max: Keys = 10
    event_names_max: Names = 0
    tracked_keys_enforced: bool = False
    list_window_days: Days = 90
    retention_days: Days = 0
    rate_limit_per_minute: Calls = 0
    create_unknown_contacts: bool = False
    tombstone_days: Days = 30
    webhook_private_targets: bool = False
    webhook_timeout_s: Seconds = 5.0
    webhook_retry_max_s: AtLeastOne = 86_400
    webhook_threads: AtLeastOne = 4
    refusals_kept_max: NotNegative = 10_000
    connections_max: AtLeastOne = 10_000
    header_bytes_max: AtLeastOne = 32 * 1024
    header_timeout_s: Seconds = 10.0
    body_timeout_s: Seconds = 30.0
    idle_timeout_s: Seconds = 75.0
    write_timeout_s: Seconds = 30.0
    stop_timeout_s: Seconds = 10.0
    busy_timeout_s: Seconds = 5.0
    read_threads: AtLeastOne = 4

    def problems(self) -> list[str]:
        """Relations between limits that do not hold, each as a sentence."""
        found = []
        if self.queue_events_max < self.list_items_max:
            found.append("queue_events_max must be at least list_items_max: a list is queued whole")
        if self.busy_timeout_s >= self.stop_timeout_s:
            found.append("busy_timeout_s must be below stop_timeout_s: a stop waits for the writer")
        return found


def last_second_outside(now: int, days: int) -> int:
    """The last second that lies outside so many days up to `now`; -1, before all seconds, where
    0 days mean all time."""
    return max(-1, now - days * DAY_S) if days else -1
