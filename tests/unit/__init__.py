"""Unit tests: one file per source module, in the same tree."""
