"""Contacts as callers see them: fields, attributes, tags, merging, deleting."""
