"""A part that hangs, with a worker in a session of its own and a temporary file."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path


def test_hanging(run_folder: Path) -> None:
    """Start a worker that outlives its parent, and wait for ever."""
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    with tempfile.NamedTemporaryFile(prefix="left-behind-", delete=False) as file:
        (run_folder / "hanging.txt").write_text(f"{worker.pid} {file.name}")
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            continue  # deaf to what the driver asks first
