"""The tools whose formats a run folder uses read it with their own commands."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

type MakeRun = Callable[..., Path]


def said(*command: str | Path) -> str:
    """Return what a Python module's command prints."""
    return subprocess.run([sys.executable, "-m", *map(str, command)], check=True, capture_output=True, text=True).stdout


def test_pyperf_reads_the_timings(make_run: MakeRun) -> None:
    """Pyperf's stats knows the operations and their values; its compare_to finds the slow-down."""
    folder = make_run(effects={("create-bare", "namedtuple"): 1.5}, noise=0.001) / "time"

    stats = said("pyperf", "stats", folder / "today.json")
    compared = said("pyperf", "compare_to", folder / "today.json", folder / "namedtuple.json", "--table")

    assert "create-bare" in stats
    assert "Total number of values: 50" in stats
    assert "1.50x slower" in compared


def test_pytest_benchmark_reads_the_repetitions(make_run: MakeRun) -> None:
    """pytest-benchmark's compare lists each repetition."""
    folder = make_run(parts=["dispatch"]) / "dispatch"

    compared = said("pytest_benchmark", "compare", folder / "0000.json", folder / "0001.json")

    assert compared.count("test_enqueue[reference-memory-today]") == 2
