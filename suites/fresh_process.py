"""Runs one measurement in a process of its own: the unit of evidence."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

SILENCE_LIMIT = 1800.0
"""Seconds after which a measuring process that has not answered is taken for hung."""


class MeasuringProcessError(Exception):
    """A measuring process gave no result; the text is one line that says why."""


class MeasuringProcessDied(MeasuringProcessError):
    """It ended without a result."""

    def __init__(self, module: str, returncode: int, stderr: str) -> None:
        """Take the module it ran, its exit code (negative: a signal) and what it wrote last."""
        how = f"was killed by signal {-returncode}" if returncode < 0 else f"exited with code {returncode}"
        last = stderr.strip().splitlines()[-1] if stderr.strip() else "it said nothing"
        super().__init__(f"the measuring process of {module.rpartition('.')[2]} {how}: {last}")


class MeasuringProcessHung(MeasuringProcessError):
    """It did not answer in time."""

    def __init__(self, module: str, seconds: float) -> None:
        """Take the module it ran and the limit in seconds."""
        super().__init__(f"the measuring process of {module.rpartition('.')[2]} did not answer within {seconds:.0f} s")


def measure(module: str, job: Mapping[str, Any], *, hash_seed: int, limit: float = SILENCE_LIMIT) -> Any:
    """
    Run `python -m module` with a job on its standard input; return what it answers on its standard output (both JSON).

    `hash_seed` (0 to 4294967295) is the process's PYTHONHASHSEED, so that a run can be repeated to the letter. Raise
    MeasuringProcessDied or MeasuringProcessHung; the process is gone however this ends.
    """
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "DJANGO_SETTINGS_MODULE": "taskgauge.suites.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            stdout, stderr = process.communicate(json.dumps(job), timeout=limit)
        except subprocess.TimeoutExpired:
            raise MeasuringProcessHung(module, limit) from None
        finally:
            process.kill()  # does nothing to a process that is over
    if process.returncode:
        raise MeasuringProcessDied(module, process.returncode, stderr)
    return json.loads(stdout)


def answer(work: Callable[[dict[str, Any]], Any]) -> None:
    """Be the measuring process: read the job, do the work, write the result."""
    result = work(json.load(sys.stdin))
    json.dump(result, sys.stdout)
