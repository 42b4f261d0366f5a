"""Unit tests of `pastense.store.relational`."""
