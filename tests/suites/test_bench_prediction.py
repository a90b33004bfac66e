"""The prediction of a run, beside what the run takes."""

import json
import subprocess
import sys
from pathlib import Path

from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.suites.cli.main import bench
from taskgauge.suites.run_control.options import SCALES, Scale
from taskgauge.suites.shapes.operations import BY_NAME
from taskgauge.suites.shapes.time.rounds import predicted_seconds


def test_two_short_parts(tmp_path: Path) -> None:
    """One part takes as many times as long as the other as was predicted, within a factor of 3."""
    command = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()", "bench", "--quick"]
    asked = ["--processes", "2", "--part", "ordering", "--part", "calls", "--out", "run"]
    subprocess.run([*command, *asked], cwd=tmp_path, capture_output=True, check=True)

    one, other = json.loads((tmp_path / "run" / "run.json").read_text())["parts"]
    predicted, took = (one[name] / other[name] for name in ("predicted_seconds", "seconds"))
    assert 1 / 3 < predicted / took < 3, (one, other)


def test_it_follows_from_the_plan() -> None:
    """More processes, slices and arms take longer, each in proportion but for the start of a process."""
    quick = predicted_seconds(BY_NAME["create"], 6, Scale.quick())

    assert predicted_seconds(BY_NAME["create"], 6, Scale.default()) > 10 * quick
    assert predicted_seconds(BY_NAME["create"], 12, Scale.default()) < 2 * predicted_seconds(
        BY_NAME["create"], 6, Scale.default()
    )


def test_help_says_the_parts_and_the_defaults() -> None:
    """They come from the registry and the scales."""
    help_of = {parameter.name: getattr(parameter, "help", "") for parameter in bench.params}

    assert all(part.name in help_of["parts"] for part in PARTS)
    for name in ("slices", "processes"):
        defaults = [str(getattr(SCALES[scale](), name)) for scale in ("default", "quick", "full")]
        assert help_of[name].endswith("[default: {}; {} if --quick; {} if --full]".format(*defaults))
