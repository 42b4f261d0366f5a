"""Webhooks: where they may go, how they are sent, who is told of what."""
