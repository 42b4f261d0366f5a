"""What a caller may write of a subscription, and which page of the dead he asks for: checked.

Source: docs/wire.md "Webhooks", decisions.md "Webhooks".
"""

from __future__ import annotations

import re
from typing import Final

from pastense.errors import ParameterInvalid
from pastense.limits import (
    DEAD_DELIVERIES_PER_PAGE_DEFAULT,
    DEAD_DELIVERIES_PER_PAGE_MAX,
    SUBSCRIPTION_NAMES_MAX,
    WEBHOOK_SECRET_CHARACTERS_MAX,
    WEBHOOK_SECRET_CHARACTERS_MIN,
    Limits,
)
from pastense.model import SubscriptionChange
from pastense.service.events.rules import event_name_problem
from pastense.service.webhooks.targets import TargetRefused, find_addresses, parse_target
from pastense.wire import paging
from pastense.wire.notifications import TOPIC

NAMES_FIELD: Final = "metadata.event_names"
_CURSOR = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})\.([0-9]{1,18})", re.ASCII)


def read_change(body: dict[str, object]) -> SubscriptionChange:
    """The writable fields of a body, checked; others are not looked at."""
    if body.get("service_type") not in (None, "web"):
        raise ParameterInvalid("service_type must be web", "service_type")
    if body.get("topics") not in (None, [TOPIC]):
        raise ParameterInvalid(f'topics must be ["{TOPIC}"]', "topics")
    return SubscriptionChange(
        url=_read_url(body.get("url")),
        secret=_read_secret(body.get("hub_secret")),
        active=_read_flag(body.get("active")),
        event_names=_read_names(body.get("metadata")),
    )


def check_url(url: str, limits: Limits) -> None:
    """Whether webhooks may go there now; raises `ParameterInvalid` with the reason."""
    try:
        target = parse_target(url)
        if not limits.webhook_private_targets:
            find_addresses(target, private=False, timeout_s=limits.webhook_timeout_s)
    except TargetRefused as refused:
        raise ParameterInvalid(str(refused), "url") from None


def read_per_page(value: str | None) -> int:
    """Deliveries per page: 50 where it is not given, 1 to 150 otherwise."""
    most = DEAD_DELIVERIES_PER_PAGE_MAX
    return paging.read_per_page(value, DEAD_DELIVERIES_PER_PAGE_DEFAULT, most)


def read_cursor(value: str | None) -> tuple[int, int, int] | None:
    """Behind which dead delivery the page begins; None for the first page."""
    if value is None:
        return None
    found = _CURSOR.fullmatch(value)
    if found is None:
        message = "starting_after must be what an earlier page's pages.next holds"
        raise ParameterInvalid(message, "starting_after")
    return int(found[1]), int(found[2]), int(found[3])


def _read_url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ParameterInvalid("url must be text", "url")
    try:
        parse_target(value)
    except TargetRefused as refused:
        raise ParameterInvalid(str(refused), "url") from None
    return value


def _read_secret(value: object) -> str | None:
    if value is None:
        return None
    shortest, longest = WEBHOOK_SECRET_CHARACTERS_MIN, WEBHOOK_SECRET_CHARACTERS_MAX
    if not isinstance(value, str) or not shortest <= len(value) <= longest:
        message = f"hub_secret must be text of {shortest} to {longest} characters"
        raise ParameterInvalid(message, "hub_secret")
    return value


def _read_flag(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise ParameterInvalid("active must be true or false", "active")


def _read_names(metadata: object) -> tuple[str, ...] | None:
    """The names in `metadata.event_names`, each once."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise ParameterInvalid("metadata must be an object with event_names", "metadata")
    names = metadata.get("event_names")
    if names is None:
        return None
    if not isinstance(names, list) or not 1 <= len(names) <= SUBSCRIPTION_NAMES_MAX:
        message = f"event_names must be a list of 1 to {SUBSCRIPTION_NAMES_MAX} names"
        raise ParameterInvalid(message, NAMES_FIELD)
    read = (_read_name(name, f"{NAMES_FIELD}[{index}]") for index, name in enumerate(names))
    return tuple(dict.fromkeys(read))


def _read_name(value: object, field: str) -> str:
    name = value.strip() if isinstance(value, str) else None
    problem = "must be text" if name is None else event_name_problem(name)
    if name == "*":
        problem = "must be a name: there is no wildcard, name each event"
    if name is None or problem is not None:
        raise ParameterInvalid(f"an event name {problem}", field)
    return name
