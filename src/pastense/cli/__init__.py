"""The command line: `pastense`."""
