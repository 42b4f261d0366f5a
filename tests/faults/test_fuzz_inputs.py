"""Fuzz every reader of foreign bytes; `fuzz.py` is the same as a command.

The suite sends a few thousand inputs to each target, `make torture` many
(PASTENSE_TEST_FUZZ_INPUTS, for each target).
"""

from __future__ import annotations

import json
import os

import pytest

from pastense.errors import BadRequest
from pastense.store.relational.people.filters import Condition
from pastense.wire.json_text import decode_json
from tests.faults import fuzz_targets
from tests.faults.fuzz import Round, fuzz, run_round, table
from tests.faults.fuzz_mutator import SEEDS, Mutator, load_seeds
from tests.support.long_runs import LongRun

INPUTS = 4_000
INPUTS_SETTING = "PASTENSE_TEST_FUZZ_INPUTS"


@pytest.mark.parametrize("target", fuzz_targets.TARGETS)
def test_no_input_breaks_a_reader(target: str) -> None:
    found = run_round(target, INPUTS, seed=6)
    assert found.faults == []
    assert len(found.labels) >= (2 if target == "version" else 5), "they end in several ways"


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert {path.stem for path in SEEDS.iterdir()} == set(fuzz_targets.TARGETS)
    for target, work in fuzz_targets.TARGETS.items():
        labels = {work(seed) for seed in load_seeds(target)}
        assert len(labels) >= 2, f"the seeds of {target} reach little"


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = load_seeds("decoder")
    runs = [Mutator(seeds, 5).inputs() for _ in range(2)]
    assert [next(runs[0]) for _ in range(200)] == [next(runs[1]) for _ in range(200)]


def takes_all(body: bytes) -> object:
    """A decoder without a rule of its own."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("This is not JSON") from None


def refuses_too_much(body: bytes) -> object:
    """A decoder that does not like a digit."""
    if b"9" in body:
        raise BadRequest("A nine")
    return decode_json(body)


def breaks(body: bytes) -> object:
    """A decoder that has not thought of a length."""
    return decode_json(body) if len(body) % 50 != 7 else 1 // 0


WRONG = (takes_all, refuses_too_much, breaks)


@pytest.mark.parametrize("decoder", WRONG)
def test_the_control_a_decoder_that_is_wrong_is_found_out(decoder, monkeypatch) -> None:
    monkeypatch.setattr(fuzz_targets, "decode_json", decoder)
    assert run_round("decoder", INPUTS, seed=6).faults


def test_the_control_a_search_that_is_glued_together_is_found_out(monkeypatch) -> None:
    def glued(_: object, query: object) -> object:
        return Condition(f"c.name = '{getattr(query, 'value', '')}'", [])

    monkeypatch.setattr(fuzz_targets.Compiler, "compile_query", glued)
    assert run_round("search", INPUTS, seed=6).faults


@pytest.mark.torture
@pytest.mark.skipif(INPUTS_SETTING not in os.environ, reason=f"{INPUTS_SETTING} is not set")
def test_many_inputs(long_run: LongRun) -> None:
    inputs = int(os.environ[INPUTS_SETTING])
    processes = os.cpu_count() or 1
    found: dict[str, Round] = fuzz(list(fuzz_targets.TARGETS), inputs, 1, long_run.say, processes)
    long_run.say(table(found))
    assert [fault for one in found.values() for fault in one.faults] == []
