"""The soak judges rightly, and holds: `make torture` runs it (PASTENSE_TEST_SOAK_MINUTES)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bench.soak import LOG_MB_MAX, SLICE_S, Load, Sample, growth

ROOT = Path(__file__).resolve().parents[2]
MINUTES_SETTING = "PASTENSE_TEST_SOAK_MINUTES"
FLAT = Sample(0.0, 80.0, 31, 14, 35.0, 10.0, 1_000.0, 9.0, 0)


def run_of(slices: int = 120, **slopes: float) -> list[Sample]:
    """Samples of a run in which these figures rise by so much in each slice."""
    return [
        replace(
            FLAT,
            at_s=number * SLICE_S,
            **{name: getattr(FLAT, name) + slope * number for name, slope in slopes.items()},
        )
        for number in range(1, slices + 1)
    ]


def grown(samples: list[Sample]) -> set[str]:
    """Which figures are found to grow."""
    return {name for name, (_, _, grew) in growth(samples).items() if grew}


def test_a_flat_run_is_flat_whatever_the_store_does() -> None:
    assert grown(run_of(store_mb=5.0)) == set()


@pytest.mark.parametrize(
    ("name", "slope"), [("memory_mb", 0.25), ("files", 0.2), ("threads", 0.1), ("log_mb", 1.0)]
)
def test_the_control_what_grows_is_found(name: str, slope: float) -> None:
    assert name in grown(run_of(**{name: slope}))


def test_caches_that_fill_up_at_first_are_no_growth() -> None:
    filling = [replace(one, memory_mb=min(90.0, 50.0 + one.at_s * 0.15)) for one in run_of()]
    assert grown(filling) == set()


def test_one_large_log_is_found() -> None:
    samples = run_of()
    samples[3] = replace(samples[3], log_mb=LOG_MB_MAX + 1)
    assert grown(samples) == {"log_mb at most"}


def test_the_load_keeps_its_pace() -> None:
    assert 30 <= len(list(Load("t").paced(200.0, 0.2))) <= 41


@pytest.mark.torture
@pytest.mark.skipif(MINUTES_SETTING not in os.environ, reason=f"{MINUTES_SETTING} is not set")
def test_nothing_grows_but_the_data() -> None:
    minutes = os.environ[MINUTES_SETTING]
    command = [sys.executable, "-m", "bench.soak", "--minutes", minutes]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
