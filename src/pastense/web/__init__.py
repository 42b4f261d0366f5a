"""HTTP: where requests come in and answers go out."""
