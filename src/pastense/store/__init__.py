"""Where events, contacts and tokens are kept: one set of protocols, one folder per database."""
