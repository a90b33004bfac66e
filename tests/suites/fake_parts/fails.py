"""A benchmark that breaks."""


class WorkerLost(Exception):
    """What a suite may raise."""


def test_failure() -> None:
    """Raise."""
    raise WorkerLost("worker 3 of 10 is gone")
