"""The calls of those who run the service."""
