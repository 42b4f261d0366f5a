"""Contacts that go, in SQLite: merged, deleted, and no trace of them left in the file."""
