"""`pastense`, with bounds that a few hundred events reach: merges, erasures and passes over the
pages go in many steps, so that kills and other processes meet them half done."""

from pastense import limits
from pastense.cli.main import main
from pastense.store.relational.events import pruning
from pastense.store.sqlite import scrubbing

limits.MERGE_EVENTS_MAX = 60
limits.MOVE_STEP_EVENTS_MAX = 20
limits.ERASE_STEP_EVENTS_MAX = 40
pruning.PRUNE_STEP_EVENTS_MAX = 40
scrubbing.STEP_PAGES = 30

if __name__ == "__main__":
    main()
