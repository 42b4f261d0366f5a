"""The calls about contacts."""
