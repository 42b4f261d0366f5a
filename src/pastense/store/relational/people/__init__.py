"""Contacts: their rows, fields, search, attributes and tags."""
