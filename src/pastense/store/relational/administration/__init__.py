"""Workspaces, tokens, the audit log, the catalogue and jobs."""
