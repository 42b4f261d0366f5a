"""The older API: users, leads, visitors, counts, bulk calls and their jobs."""
