"""Two verbs that work at once."""

from pathlib import Path

import pytest

from taskgauge.suites.run_control.progress import Progress


@pytest.mark.parametrize("verb", ["create", "read-first"])
def test_verb(verb: str, run_folder: Path, progress: Progress) -> None:
    """Leave a file behind."""
    progress.step(1, 1, "process 1")
    (run_folder / f"{verb}.txt").write_text("measured")
