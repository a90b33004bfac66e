"""Two operations that work at once."""

from pathlib import Path

import pytest

from taskgauge.suites.run_control.progress import Progress


@pytest.mark.parametrize("operation", ["create", "read-first"])
def test_operation(operation: str, run_folder: Path, progress: Progress) -> None:
    """Leave a file behind."""
    progress.step(1, 1, "process 1")
    (run_folder / f"{operation}.txt").write_text("measured")
