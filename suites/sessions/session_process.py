"""Runs a session by the interpreter of the environment in which its target is installed."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Any

import msgspec

from taskgauge.backends.processes.json_lines import ChildFailed, ChildSilent, JsonLinesProcess
from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.reports.run_folder.traces import Trace, read_trace, trace_file, write_trace
from taskgauge.suites.sessions.session import SessionPlan, run_session

GRACE = 6.0
"""The seconds that an interrupted session may take to write its trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session whose trace is in a run folder."""

    error: str = ""
    """The error that cut it short, with its type; empty if none did."""
    file: Path | None = None
    """The file of its trace; None if its process ended before there was one."""

    def trace(self) -> Trace | None:
        """Return its trace. Raises RunFileBroken."""
        return None if self.file is None else read_trace(self.file)


def run_kept(plan: SessionPlan, run_folder: Path, is_alive: Callable[[], object] = lambda: None) -> KeptSession:
    """Run a session and keep its trace in a run folder, in another process if its interpreter is another.

    It calls `is_alive` now and then. An error that cuts the session short is part of the outcome. KeyboardInterrupt
    passes through, after the trace is kept.
    """
    if plan.python == sys.executable:
        return _run_here(plan, run_folder, is_alive)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("taskgauge-"))
        child = JsonLinesProcess(
            [plan.python, "-P", "-m", "taskgauge.suites.sessions.session_process"],
            environment=os.environ,
            folder=folder,
            output=(folder / "output.txt").open("w+b"),
            name="the session's process",
        )
        stack.callback(child.kill)
        child.send({"plan": msgspec.to_builtins(plan, enc_hook=str), "run_folder": str(run_folder.resolve())})
        try:
            answer = _answer(child, is_alive)
        except ChildFailed as failure:
            return KeptSession(error=f"SessionFailed: {failure}")
        except KeyboardInterrupt:
            child.terminate(GRACE, SIGINT)
            raise
        return KeptSession(error=answer["error"], file=run_folder / answer["file"])


def _answer(child: JsonLinesProcess, is_alive: Callable[[], object]) -> dict[str, Any]:
    while True:
        try:
            answer: dict[str, Any] = child.receive(1.0)
        except ChildSilent:
            # Every wait of a session has a limit of its own.
            is_alive()
        else:
            return answer


def _run_here(plan: SessionPlan, run_folder: Path, is_alive: Callable[[], object]) -> KeptSession:
    session = run_session(plan, keep=lambda trace: write_trace(run_folder, trace), is_alive=is_alive)
    error = "" if session.error is None else f"{type(session.error).__name__}: {session.error}"
    return KeptSession(error=error, file=trace_file(run_folder, session.trace.header))


def _work(request: dict[str, Any]) -> dict[str, str]:
    # A process that a shell started in the background ignores SIGINT, and its children too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    plan = msgspec.convert(request["plan"], SessionPlan, dec_hook=lambda kind, value: kind(value))
    folder = Path(request["run_folder"])
    kept = _run_here(plan, folder, lambda: None)
    assert kept.file is not None  # noqa: S101 -- it was written here
    return {"error": kept.error, "file": str(kept.file.relative_to(folder))}


if __name__ == "__main__":
    answer_request(_work)
