"""Unit tests of `pastense.store.postgresql`."""
