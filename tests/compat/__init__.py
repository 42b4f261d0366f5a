"""The documented surfaces of other SDKs, against servers that run."""
