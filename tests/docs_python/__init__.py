"""Everything on docs/python.md runs, and nothing that is public is missing from it."""
