"""Unit tests of `pastense.store.sqlite`."""
