"""Why something is as it is, and what would happen to a submission."""
