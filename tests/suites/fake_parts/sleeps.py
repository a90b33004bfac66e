"""A part that is busy until it is interrupted, and tidies up when it is."""

import time
from pathlib import Path


def test_sleep(run_folder: Path) -> None:
    """Wait, and say that the end was orderly."""
    (run_folder / "sleeping.txt").touch()
    try:
        time.sleep(600)
    finally:
        (run_folder / "tidied.txt").touch()
