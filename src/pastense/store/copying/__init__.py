"""Copy a whole store into another database, and compare the two."""
