"""Clients for any server that speaks Intercom's Data Events API."""
