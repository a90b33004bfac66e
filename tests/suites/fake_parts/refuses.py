"""A part that would need more memory than any machine has."""

from taskgauge.suites.run_control.memory import Need
from taskgauge.suites.run_control.options import Options


def memory_need(options: Options) -> Need:
    """Predict a petabyte at the default scale."""
    return Need(fixed_bytes=0, bytes_per_task=1e9, tasks=options.scale.tasks)


def test_never() -> None:
    """Never run."""
    raise AssertionError
