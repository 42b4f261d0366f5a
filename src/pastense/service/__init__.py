"""What Pastense does with events and contacts, in ordinary blocking Python."""
