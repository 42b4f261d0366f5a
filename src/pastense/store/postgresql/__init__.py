"""The store on PostgreSQL; several server processes may share one database."""

from pastense.store.postgresql.store import PostgresqlStore

__all__ = ["PostgresqlStore"]
