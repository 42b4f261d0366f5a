"""The part of the sandbox that runs on the event loop of its server."""
