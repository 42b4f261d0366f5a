"""`pastense`, whose log is folded into the file every few commits and whose steps are small: a
short run meets many foldings, moves, erasures and passes over the pages."""

import os

from pastense.service import upkeep
from pastense.store.sqlite.database import PRAGMAS
from pastense.store.sqlite.store import SqliteStore
from tests.crash.small_steps import main

FOLD_PAGES = os.environ.get("FAULTS_FOLD_PAGES", "40")
SMALL = (f"wal_autocheckpoint = {FOLD_PAGES}",)


def use(*pragmas: str) -> None:
    """Let every store that is opened from now on have these as well."""
    SqliteStore.__init__.__defaults__ = ((*PRAGMAS, *pragmas),)


if __name__ == "__main__":
    upkeep.ROUND_S = float(os.environ.get("FAULTS_ROUND_S", upkeep.ROUND_S))
    use(*SMALL)
    main()
