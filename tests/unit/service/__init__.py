"""Unit tests of `pastense.service`."""
