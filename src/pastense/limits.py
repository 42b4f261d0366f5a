"""Every limit with its unit in the name, and the relations between them.

The defaults are those of the decisions page; each field is a setting of the same name.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

# These belong to the wire or to the storage format, so nobody may set them.
TEXT_CHARACTERS_MAX = 2_000
"""Characters in one metadata text, and in one text of a contact's custom attributes."""
IDENTIFIER_CHARACTERS_MAX = 255
EMAIL_CHARACTERS_MAX = 254
EVENT_NAME_CHARACTERS_MAX = 255
METADATA_KEY_CHARACTERS_MAX = 255
CUSTOM_ATTRIBUTES_MAX = 250
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
UNREAD_BODY_BYTES_MAX = 8 * 1024 * 1024
"""What a client may still send after an early answer before its connection is cut."""


AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may set. Units are the last word of each name."""

    body_bytes_max: AtLeastOne = 1024 * 1024
    bulk_body_bytes_max: AtLeastOne = 20 * 1024 * 1024
    list_items_max: AtLeastOne = 1_000
    queue_events_max: AtLeastOne = 20_000
    group_events_max: AtLeastOne = 4_000
    created_at_ahead_max_s: NotNegative = 86_400
    metadata_keys_max: NotNegative = 10
    tracked_keys_max: NotNegative = 10
    event_names_max: NotNegative = 0
    tracked_keys_enforced: bool = False
    list_window_days: NotNegative = 90
    retention_days: NotNegative = 0
    rate_limit_per_minute: NotNegative = 0
    create_unknown_contacts: bool = False
    tombstone_days: NotNegative = 30
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
