"""Pastense: a data-events service that records each event exactly once."""

__version__ = "0.2.0"

__all__ = ["__version__"]
