"""The servers of the HTTP tests, for these as well."""

from tests.http.conftest import server, shared

__all__ = ["server", "shared"]
