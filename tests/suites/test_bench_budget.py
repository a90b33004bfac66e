"""A budget drops parts, then targets, and never repetitions; it is refused if it does not allow one target."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.suites.cli.bench_budget import BudgetTooSmall, Fitted, fit
from taskgauge.suites.cli.bench_survey import Planned

FLOOR = "floor-queue"
SECONDS = {"cheap": 10.0, "dear": 30.0, FLOOR: 5.0}
REPETITIONS = 5


def plan(name: str) -> Planned:
    """Return a part with five sessions of each target."""
    [part] = [part for part in PARTS if part.name == name]
    items = {f"{target}-{number}": target for target in SECONDS for number in range(REPETITIONS)}
    return Planned(
        part=part, items={item: SECONDS[target] for item, target in items.items()}, repetitions=1, targets=items
    )


PLANNED = (plan("throughput"), plan("idle"))
EACH = 5 * 45.0
"""The seconds of one part."""


@pytest.mark.parametrize(
    ("budget", "dropped"),
    [
        (2 * EACH, Fitted()),
        (2 * EACH - 1, Fitted(parts=("idle",))),
        (EACH, Fitted(parts=("idle",))),
        (EACH - 1, Fitted(parts=("idle",), targets=("dear",))),
        (5 * 15.0, Fitted(parts=("idle",), targets=("dear",))),
    ],
)
def test_parts_go_before_targets(budget: float, dropped: Fitted) -> None:
    """The last part goes first; then the target that takes longest; all sessions of what is left stay."""
    assert fit(PLANNED, budget, frozenset({FLOOR})) == dropped


def test_a_budget_below_one_target_is_refused() -> None:
    """The error names the part, the target and the time that it needs with its floor."""
    with pytest.raises(BudgetTooSmall, match="part throughput of cheap alone needs 75 s"):
        fit(PLANNED, 5 * 15.0 - 1, frozenset({FLOOR}))


def bench(folder: Path, *words: str) -> tuple[int, str]:
    """Run the command to its end; return its exit code and what it says."""
    code = "from taskgauge.suites.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "bench", "--out", "run", *words],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--part", "idle", "--budget", "1s"),
            "--budget 1 s is too small: part idle of reference-process alone needs ",
        ),
        (("--part", "idle", "--budget", "soon"), "'soon' is no time: write 90s, 60m or 1.5h"),
        (("--budget", "60m"), "--budget is for the parts that measure whole backends"),
        (("--part", "time", "--all"), "--all is for the parts that measure whole backends"),
        (("--part", "time", "--install"), "--install is for the parts that measure whole backends"),
        (("--rows", "both"), "--rows is for the parts that measure whole backends"),
        (("--part", "time", "--all-cells"), "--all-cells is for the parts that measure whole backends"),
        (("--all", "--target", "reference-process"), "--all measures every target: leave out --target"),
    ],
)
def test_wrong_use_is_one_line(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """An option that cannot be used ends the command with code 2, one line, and no run folder."""
    code, text = bench(tmp_path, *words)

    assert (2, []) == (code, list(tmp_path.iterdir()))
    assert said in text
    assert "Traceback" not in text
