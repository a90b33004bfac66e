"""A part in which a backend loses tasks."""

from pathlib import Path

from taskgauge.reports.run_folder.records import Sample, add_samples


def test_loss(run_folder: Path) -> None:
    """Say what was lost, and fail."""
    lost = Sample(part="dispatch", metric="unaccounted", arm="today", value=3, size=100)
    add_samples(run_folder, [lost])
    raise AssertionError
