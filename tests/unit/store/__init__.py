"""Unit tests of `pastense.store`."""
