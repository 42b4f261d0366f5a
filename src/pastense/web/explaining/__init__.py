"""The calls that tell why."""
