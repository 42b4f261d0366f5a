"""Bytes to model and back: the public JSON, the same for every part that speaks it."""
