"""A part in which a backend loses tasks."""

from pathlib import Path

from taskgauge.reports.run_folder.writer import Sample, add_samples


def test_loss(run_folder: Path) -> None:
    """Say what was lost, and fail."""
    lost = Sample(measure="unaccounted", arm="today", value=3, unit="tasks", size=100)
    add_samples(run_folder / "dispatch" / "dispatch.json", [lost])
    raise AssertionError
