"""The words of statements that are others on Citus than on PostgreSQL alone."""
