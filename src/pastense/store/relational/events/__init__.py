"""Events: a group on its way into one transaction, pages, summaries, pruning."""
