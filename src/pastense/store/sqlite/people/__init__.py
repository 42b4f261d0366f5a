"""Contacts in SQLite: their rows, fields, search, attributes and tags."""
