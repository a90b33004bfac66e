"""A function of `errands` in a fresh process of the target's project."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO, Any

from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.project import Project


def run_elsewhere(project: Project, errand: str, args: Sequence[Any], *, settings: str, timeout: float) -> Any:
    """Run a function of `remote_calls.calls` in a fresh process; return what it returns, as JSON.

    Raises Deviation with the last line of what it said if it fails, or if it has not ended after `timeout` seconds.
    Whatever processes it leaves are killed.
    """
    words = [sys.executable, "-m", "taskgauge.suites.conformance.remote_calls.calls", errand, json.dumps(args)]
    what = f"{errand} in another process"
    # Files and no pipes: what it leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaint:
        process = subprocess.Popen(
            words,
            env={**os.environ, **project.environment, "DJANGO_SETTINGS_MODULE": settings},
            cwd=project.folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complaint,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Deviation(what, expected="an end", seen=f"none after {timeout:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code:
            raise Deviation(what, expected="no error", seen=_last_line(complaint) or f"exit code {code}")
        return json.loads(_last_line(said))


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""
