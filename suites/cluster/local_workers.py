"""A scheduler and workers of this machine for `local:N`, in processes of their own that listen on loopback only."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.backends.services.ports import LOOPBACK, free_port
from taskgauge.suites.cluster.errors import LocalClusterNotStarted
from taskgauge.suites.run_control.folder import HOME

# Dask serves its state by HTTP also without a dashboard, and on all addresses unless it is given one.
_HTTP = ("--dashboard-address", f"{LOOPBACK}:0")
_START = 60.0
"""The seconds in which the scheduler must listen."""
_LOOK_SECONDS = 0.05


@contextmanager
def local_workers(workers: int, noticed: Interruption) -> Iterator[Callable[[], str]]:
    """Start a scheduler with so many workers, until the context ends; yield a function that waits for it.

    The function returns the scheduler's address, or raises LocalClusterNotStarted or Interrupted. Each worker has a
    folder of its own, in which it keeps its environments for later runs.
    """
    with temporary_folder("taskgauge-cluster-") as folder, ExitStack() as stack:
        # A port that is known beforehand lets all processes start at once.
        port, known = free_port(), folder / "scheduler.json"
        address = f"tcp://{LOOPBACK}:{port}"
        words = ["scheduler", "--port", f"{port}", "--scheduler-file", str(known)]
        scheduler = stack.enter_context(_dask("scheduler", words, folder, folder))
        for number in range(1, workers + 1):
            home = (HOME / "cluster" / f"local-{number}").absolute()
            home.mkdir(parents=True, exist_ok=True)
            words = ["worker", address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0"]
            words += ["--name", f"local-{number}", "--local-directory", str(folder), "--death-timeout", "60"]
            stack.enter_context(_dask(f"worker-{number}", words, home, folder))

        def wait() -> str:
            deadline = time.monotonic() + _START
            while not known.exists():
                noticed.check()
                if not scheduler.is_alive or time.monotonic() > deadline:
                    reason = explaining_line(folder / "scheduler")
                    raise LocalClusterNotStarted(f"Dask's scheduler did not start: {reason}")
                time.sleep(_LOOK_SECONDS)
            return address

        yield wait


def _dask(name: str, words: list[str], home: Path, logs: Path) -> SupervisedProcess:
    return SupervisedProcess(
        [sys.executable, "-P", "-m", "dask", *words, "--host", LOOPBACK, "--no-dashboard", *_HTTP],
        environment={
            **os.environ,
            # Dask's own temporary folder would stay.
            "DASK_TEMPORARY_DIRECTORY": str(logs),
            "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "False",
        },
        folder=home,
        output=CapturedOutput(logs / name),
    )
