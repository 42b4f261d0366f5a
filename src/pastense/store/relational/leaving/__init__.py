"""Contacts that go: merged, deleted, and no trace of them left in the file."""
