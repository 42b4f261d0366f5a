"""What a client is made with: from the caller, else from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pastense.client.options import (
    RETRIES_MAX_DEFAULT,
    ClientOptions,
    TimeoutLike,
    read_client_options,
)


def refuse_route(proxy: str | None, ca_file: str | None) -> None:
    """Raise `ValueError` where a caller brings a transport and says how the built-in one should
    reach the server: it would not be heard."""
    if proxy is not None or ca_file is not None:
        raise ValueError("proxy and ca_file are for the built-in transport; tell your own")


def read_settings(
    token: str | None,
    base_url: str | None,
    *,
    version: str | None = None,
    timeout: TimeoutLike | None = None,
    max_retries: int = RETRIES_MAX_DEFAULT,
    headers: Mapping[str, str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> ClientOptions:
    """The options of a client; PASTENSE_TOKEN and PASTENSE_URL stand in for what is left out.
    Raises `ValueError` where one of the two is said nowhere: nothing is sent anywhere by guess."""
    token = token if token is not None else environment.get("PASTENSE_TOKEN")
    base_url = base_url if base_url is not None else environment.get("PASTENSE_URL")
    if not token:
        raise ValueError("No token: give one, or set PASTENSE_TOKEN")
    if not base_url:
        raise ValueError(
            "No server: give a base_url such as http://127.0.0.1:8080 (Intercom's own is "
            "https://api.intercom.io), or set PASTENSE_URL"
        )
    return read_client_options(
        base_url,
        token,
        version=version,
        timeout=timeout,
        max_retries=max_retries,
        headers=headers,
    )
