"""The calls that take events in and give them out."""
