"""PostgreSQL with the extension Citus: one database whose tables lie on several machines."""
