"""The calls of the older API about people."""
