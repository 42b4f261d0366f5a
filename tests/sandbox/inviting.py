"""Code as an application has it: it sends events with Intercom's own SDK and knows no Pastense."""

from __future__ import annotations

import os
import time

from intercom import CreateDataEventRequestWithUserId, Intercom


def client() -> Intercom:
    """The SDK, set up from the environment as the application's other settings are."""
    return Intercom(
        token=os.environ["INTERCOM_TOKEN"], base_url=os.environ["INTERCOM_URL"], timeout=0.5
    )


def invite_friend(intercom: Intercom, user_id: str, friend: str) -> None:
    """Invite somebody, and say so."""
    event = CreateDataEventRequestWithUserId(
        event_name="invited-friend",
        created_at=int(time.time()),
        user_id=user_id,
        metadata={"friend": friend},
    )
    # The SDK counts its attempts from two on: 4 are two further ones.
    intercom.events.create(request=event, request_options={"max_retries": 4})
