"""Who may do what: tokens, workspaces and their settings, the catalogue of names."""
