"""The embedded store: one SQLite file, write-ahead log, every commit synchronised to disk."""

from pastense.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
