"""`pastense copy` in small steps that ends itself: `killed_copy.py SIGNAL MOMENT copy ...`.

SIGNAL is KILL or INT, MOMENT is `within N` or `after N` of a step, `finish` or `compare`."""

import os
import signal
import sys

import msgspec

from pastense.cli.main import main
from pastense.store.copying import steps

# Whoever is started in the background of a shell is told to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
number = signal.Signals[f"SIG{sys.argv.pop(1)}"]
moment = sys.argv.pop(1)
left = int(sys.argv.pop(1)) if moment in ("within", "after") else 0
for table in steps.TABLES:
    msgspec.structs.force_setattr(table, "step_rows", 20)


def end():
    """The signal, to ourselves."""
    os.kill(os.getpid(), number)


def ending_step(self, *arguments):
    """A step, before or after whose commit the process ends."""
    global left
    left -= 1
    if left == 0 and moment == "within":
        insert = self._destination.dialect.insert
        self._destination.dialect.insert = lambda *those: (insert(*those), end())
    step(self, *arguments)
    if left == 0 and moment == "after":
        end()


step, steps.Copy._step = steps.Copy._step, ending_step
if moment == "finish":
    steps._move_on, move_on = lambda *a: (move_on(*a), a[2].is_filled and end()), steps._move_on
if moment == "compare":
    steps.compare = lambda *those: end()

if __name__ == "__main__":
    main()
