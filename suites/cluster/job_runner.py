"""Runs a job on its host, inside a Dask worker: the command gets a process, a folder and services of its own.

If the worker is killed, the reaper of its process ends the command and all that the command started. If the driver or
the scheduler goes away, the task is no longer wanted, and the command ends as after Ctrl-C.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.suites.cluster.archive import pack
from taskgauge.suites.cluster.job import Job, JobOutcome
from taskgauge.suites.run_control.provenance import HOST

_LOOK_SECONDS = 0.2
_GRACE = 40.0
"""The seconds in which an interrupted command must have ended its own processes and written its run folder."""
_COMMAND = "from taskgauge.suites.cli.main import main; main()"

_stopped: set[str] = set()
"""The runs whose driver was interrupted, by their names; filled in the worker's event loop."""


def stop_run(run: str) -> None:
    """Let the jobs of a run end on this host, as after Ctrl-C; they still return what they have."""
    _stopped.add(run)


def run_job(job: Job, run: str, host: str) -> JobOutcome:
    """Run a job to its end and return its outcome; raise ProcessNotStarted.

    `run` is the name of the driver's run, `host` that of this host in reports.
    """
    is_wanted = watch_task()
    begin = time.monotonic()
    with temporary_folder("taskgauge-job-") as folder:
        out = folder / "run"
        output = folder / "output.txt"
        with SupervisedProcess(
            # -P: folders in the working directory must not hide packages of the same name.
            [sys.executable, "-P", "-c", _COMMAND, *job.arguments, "--out", str(out)],
            environment={**os.environ, HOST: host},
            folder=Path.cwd(),
            output=CapturedOutput(output),
        ) as process:
            while (code := process.wait(_LOOK_SECONDS)) is None:
                if run in _stopped or not is_wanted():
                    process.terminate(_GRACE, SIGINT)
        return JobOutcome(
            code=code,
            line=explaining_line(output).removeprefix("taskgauge: "),
            archive=pack(out),
            seconds=time.monotonic() - begin,
        )


def watch_task() -> Callable[[], bool]:
    """Return a function that is True as long as the scheduler is there and a client wants the current task."""
    from distributed import Status, get_worker  # noqa: PLC0415 -- an optional package, only here in a worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return (
            worker.status in {Status.running, Status.paused, Status.closing_gracefully}
            and task is not None
            and task.state in {"executing", "long-running"}
        )

    return is_wanted
