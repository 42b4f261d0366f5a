"""Events: judged, committed in groups, listed, summed up."""
