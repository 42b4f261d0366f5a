"""Unit tests of `pastense.web`, as far as they need no server."""
