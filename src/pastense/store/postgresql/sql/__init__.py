"""The words of all statements for PostgreSQL."""
