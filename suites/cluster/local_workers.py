"""A scheduler and workers of this machine for `local:N`, in processes of their own that listen on loopback only."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.suites.cluster.errors import LocalClusterNotStarted
from taskgauge.suites.run_control.folder import HOME

_LOOPBACK = "127.0.0.1"
# Dask serves its state by HTTP also without a dashboard, and on all addresses unless it is given one.
_HTTP = ("--dashboard-address", f"{_LOOPBACK}:0")
_START = 60.0
"""The seconds in which the scheduler must have written its address."""
_LOOK_SECONDS = 0.05


@contextmanager
def local_workers(workers: int, noticed: Interruption) -> Iterator[str]:
    """Yield the address of a scheduler with so many workers, until the context ends.

    Each worker has a folder of its own, in which it keeps its environments for later runs. Raises
    LocalClusterNotStarted and Interrupted.
    """
    with temporary_folder("taskgauge-cluster-") as folder, ExitStack() as stack:
        known = folder / "scheduler.json"
        words = ["scheduler", "--port", "0", "--scheduler-file", str(known)]
        scheduler = stack.enter_context(_dask("scheduler", words, folder, folder))
        deadline = time.monotonic() + _START
        while not (address := _address(known)):
            noticed.check()
            if not scheduler.is_alive or time.monotonic() > deadline:
                raise LocalClusterNotStarted(f"Dask's scheduler did not start: {explaining_line(folder / 'scheduler')}")
            time.sleep(_LOOK_SECONDS)
        for number in range(1, workers + 1):
            home = (HOME / "cluster" / f"local-{number}").absolute()
            home.mkdir(parents=True, exist_ok=True)
            words = ["worker", address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0"]
            words += ["--name", f"local-{number}", "--local-directory", str(folder), "--death-timeout", "60"]
            stack.enter_context(_dask(f"worker-{number}", words, home, folder))
        yield address


def _dask(name: str, words: list[str], home: Path, logs: Path) -> SupervisedProcess:
    return SupervisedProcess(
        [sys.executable, "-P", "-m", "dask", *words, "--host", _LOOPBACK, "--no-dashboard", *_HTTP],
        # Dask's own temporary folder would stay.
        environment={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(logs)},
        folder=home,
        output=CapturedOutput(logs / name),
    )


def _address(path: Path) -> str:
    """Return the address in a scheduler's file, or nothing while the file is not written to its end."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError):
        return ""
