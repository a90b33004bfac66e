"""A part that measures something."""

from pathlib import Path

from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.suites.run_control.options import Options


def predicted_seconds(options: Options, _name: str) -> float:
    """Predict half a minute for each process."""
    return 30.0 * options.scale.processes


def test_measuring(run_folder: Path) -> None:
    """Keep a value of two arms."""
    values = {"today": 30.0, "namedtuple": 15.0}
    add_samples(
        run_folder, [Sample(part="measures", metric="collect", arm=arm, value=value) for arm, value in values.items()]
    )
