"""The synchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from pastense.client.binding import SyncRoom, sync_call, sync_raw_call
from pastense.client.calls import service
from pastense.client.http import HttpTransport
from pastense.client.options import RETRIES_MAX_DEFAULT, ClientOptions, TimeoutLike
from pastense.client.settings import read_settings, refuse_route
from pastense.client.sync_rooms import Contacts, Events, RawClient, Tags, Users
from pastense.client.transport import Transport


class Client(SyncRoom[ClientOptions]):
    """A client for a Pastense or any other server that speaks Intercom's Data Events API.

    `token` and `base_url` come from PASTENSE_TOKEN and PASTENSE_URL where they are left out.
    `version` is the Intercom-Version to ask for; without one the token's own holds. `timeout` is in
    seconds, one number or a pair (connect, read); 10 and 60 where it is left out. `max_retries`
    counts the attempts after the first. `headers` go with every call. `proxy` and `ca_file` (PEM)
    win over what the environment says (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and the like); an
    empty `proxy` means none. `transport` sends the requests instead of the built-in one; it is
    closed with the client.

    Safe for threads and after a fork. Connections are kept; `with` or `close` closes them.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        version: str | None = None,
        timeout: TimeoutLike | None = None,
        max_retries: int = RETRIES_MAX_DEFAULT,
        headers: Mapping[str, str] | None = None,
        transport: Transport | None = None,
        ca_file: str | None = None,
        proxy: str | None = None,
    ) -> None:
        options = read_settings(
            token,
            base_url,
            version=version,
            timeout=timeout,
            max_retries=max_retries,
            headers=headers,
        )
        if transport is None:
            transport = HttpTransport(options.base_url, proxy=proxy, ca_file=ca_file)
        else:
            refuse_route(proxy, ca_file)
        super().__init__(options, transport)
        self.events = Events(options, transport)
        self.contacts = Contacts(options, transport)
        self.tags = Tags(options, transport)
        self.users = Users(options, transport)
        self.with_raw_response = RawClient(options, transport)

    me = sync_call(service.me)
    request = sync_raw_call(service.request)

    def close(self) -> None:
        """Close the connections. A client that is used again opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(base_url={self._context.base_url!r})"
