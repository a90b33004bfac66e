"""Runs a function of `remote_calls` in a fresh process of the target's project."""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from taskgauge.backends.processes.error_line import SILENT
from taskgauge.backends.processes.json_lines import ChildEnded, ChildSilent, JsonLinesProcess
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.project import Project

_MODULE = "taskgauge.suites.conformance.remote_calls.calls"


def run_elsewhere(project: Project, function: str, args: Sequence[Any], *, settings: str, timeout: float) -> Any:
    """Run a function of `remote_calls.calls` in a fresh process; return its return value, as JSON.

    Raises Deviation with the exception if it fails, with the line that explains the failure if its process dies, and
    if it takes longer than `timeout` seconds.
    Kills all processes that it leaves.
    """
    what = f"{function} in another process"
    deadline = time.monotonic() + timeout
    own = {"DJANGO_SETTINGS_MODULE": settings, "PYTHONUNBUFFERED": "1"}
    try:
        with JsonLinesProcess(
            [sys.executable, "-m", _MODULE],
            environment={**os.environ, **project.environment, **own},
            folder=project.folder,
            output=tempfile.TemporaryFile("a+b"),
        ) as process:
            answer = process.ask([function, args], timeout)
            process.finish(max(0.0, deadline - time.monotonic()))
    except ChildSilent:
        raise Deviation(what, expected="an end", seen=f"none after {timeout:g} s") from None
    except ChildEnded as error:
        seen = f"exit code {error.code}" if error.line == SILENT else error.line
        raise Deviation(what, expected="no error", seen=seen) from None
    if "raised" in answer:
        raise Deviation(what, expected="no error", seen=answer["raised"])
    return answer["returned"]
