"""Unit tests of the rooms of the webhooks."""
