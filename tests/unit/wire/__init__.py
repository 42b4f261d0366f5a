"""Unit tests of `pastense.wire`."""
