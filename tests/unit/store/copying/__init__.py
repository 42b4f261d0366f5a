"""Unit tests of `pastense.store.copying`."""
