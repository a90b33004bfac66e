"""A part of which one item would not fit into memory."""

from taskgauge.suites.run_control.memory import Need


def test_large() -> None:
    """Ask for too much."""
    Need(fixed_bytes=0, bytes_per_task=1e9, tasks=10**6).check()


def test_small() -> None:
    """Fit."""
