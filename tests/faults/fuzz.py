"""Fuzz one or all targets: `python -m tests.faults.fuzz [TARGET] [--runs N] [--seed S]`.

Several processes draw different inputs from the same seeds. With `--atheris`, where that package
is installed, libFuzzer draws them instead, guided by the lines that each input reaches; it says
itself how far it is.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.fuzz_mutator import INPUT_BYTES_MAX, SEEDS, Mutator, load_seeds

ROUND_RUNS = 100_000
ANSWER_WITHIN_S = 2.0
"""No input of at most 2,000 bytes may take longer, whatever else runs on the machine."""


@dataclass
class Round:
    """What one process found with its share of the inputs."""

    target: str
    runs: int
    labels: set[str]
    faults: list[str]
    slowest_s: float


def run_round(target: str, runs: int, seed: int) -> Round:
    """So many inputs to one target; the first fault ends the round."""
    from tests.faults.fuzz_targets import TARGETS

    work = TARGETS[target]
    mutator = Mutator(load_seeds(target), seed)
    slowest_s, faults = 0.0, []
    for done, data in enumerate(mutator.inputs()):
        if done >= runs:
            break
        begun = time.thread_time()
        try:
            label = work(data)
        except Exception as error:
            faults.append(f"{target}: {data!r}: {error!r}"[:3_000])
            break
        slowest_s = max(slowest_s, time.thread_time() - begun)
        if label not in mutator.labels:
            mutator.learn(data, label)
    if slowest_s > ANSWER_WITHIN_S:
        faults.append(f"{target}: an input took {slowest_s:.1f} s")
    return Round(target, runs, mutator.labels, faults, slowest_s)


def fuzz(
    targets: list[str], runs: int, seed: int, tell: Callable[[str], None], processes: int = 1
) -> dict[str, Round]:
    """So many inputs to each of the targets; what was found, by target."""
    shares = [
        (target, min(ROUND_RUNS, runs - begun), seed * 1_000_003 + begun // ROUND_RUNS)
        for begun in range(0, runs, ROUND_RUNS)
        for target in targets
    ]
    found = {target: Round(target, 0, set(), [], 0.0) for target in targets}
    begun, total, done = time.monotonic(), runs * len(targets), 0
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        for one in pool.map(run_round, *zip(*shares, strict=True)):
            whole = found[one.target]
            whole.runs += one.runs
            whole.labels |= one.labels
            whole.faults += one.faults
            whole.slowest_s = max(whole.slowest_s, one.slowest_s)
            done += one.runs
            rate = done / (time.monotonic() - begun)
            left_s = (total - done) / rate
            tell(f"{done:,} of {total:,} inputs, {rate:,.0f}/s, {left_s:,.0f} s left")
    return found


def table(found: dict[str, Round]) -> str:
    """One line for each target."""
    lines = [f"{'target':<12}{'inputs':>12}{'results':>9}{'slowest ms':>12}{'faults':>8}"]
    lines += [
        f"{one.target:<12}{one.runs:>12,}{len(one.labels):>9}"
        f"{one.slowest_s * 1_000:>12.1f}{len(one.faults):>8}"
        for one in found.values()
    ]
    return "\n".join(lines)


def fuzz_guided(target: str, runs: int, seed: int) -> None:
    """The same by libFuzzer with the coverage of our own modules; ends the process."""
    import atheris

    # Nothing of ours may be loaded before: what is loaded already is not instrumented.
    with atheris.instrument_imports(include=["pastense"]):
        from tests.faults.fuzz_targets import TARGETS
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-"))
    for number, data in enumerate(load_seeds(target)):
        folder.joinpath(str(number)).write_bytes(data)
    options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={INPUT_BYTES_MAX}", "-timeout=10"]
    options += [f"-artifact_prefix={folder}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(folder)], lambda data: TARGETS[target](data) and None)
    atheris.Fuzz()


def main() -> int:
    """The command; 1 where a fault was found."""
    every = sorted(path.stem for path in SEEDS.glob("*.txt"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", choices=every, help="all where left out")
    parser.add_argument("--runs", type=int, default=100_000, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--atheris", action="store_true")
    given = parser.parse_args()
    if given.atheris:
        fuzz_guided(
            given.target or parser.error("--atheris needs a target"), given.runs, given.seed
        )
    targets = [given.target] if given.target else every
    found = fuzz(
        targets, given.runs, given.seed, lambda line: print(line, flush=True), given.processes
    )
    print(table(found))
    faults = [fault for one in found.values() for fault in one.faults]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
