"""The background sender: events are tracked at once and sent by a thread of their own."""
