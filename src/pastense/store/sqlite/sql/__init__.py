"""The named statements of the SQLite store."""
