"""Runs a session by the interpreter of the environment in which its target is installed."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Any, Literal

import msgspec

from taskgauge.backends.processes.json_lines import ChildFailed, ChildSilent, JsonLinesProcess
from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.reports.run_folder.traces import Trace, read_trace, trace_file, write_trace
from taskgauge.suites.sessions.benchmark_process import run_benchmark
from taskgauge.suites.sessions.errors import SessionError
from taskgauge.suites.sessions.session import SessionPlan, run_session

type Kind = Literal["session", "benchmark"]

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


def run_kept(
    plan: SessionPlan,
    run_folder: Path,
    is_alive: Callable[[], object] = lambda: None,
    kind: Kind = "session",
) -> KeptSession:
    """Run a session and keep its trace in a run folder, in another process if its interpreter is another.

    It calls `is_alive` now and then. An error that cuts the session short is part of the outcome. KeyboardInterrupt
    passes through, after the trace is kept. A `benchmark` keeps a file of pytest-benchmark instead of a trace.
    """
    if plan.python == sys.executable:
        return _RUN[kind](plan, run_folder, is_alive)
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
        child.send(
            {"plan": msgspec.to_builtins(plan, enc_hook=str), "run_folder": str(run_folder.resolve()), "kind": kind}
        )
        try:
            answer = _answer(child, is_alive)
        except ChildFailed as failure:
            return KeptSession(error=f"SessionFailed: {failure}")
        except KeyboardInterrupt:
            child.terminate(GRACE, SIGINT)
            raise
        return KeptSession(error=answer["error"], file=run_folder / answer["file"] if answer["file"] else None)


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


def _benchmark_here(plan: SessionPlan, run_folder: Path, is_alive: Callable[[], object]) -> KeptSession:
    try:
        return KeptSession(file=run_benchmark(plan, run_folder, is_alive))
    except SessionError as error:
        return KeptSession(error=f"{type(error).__name__}: {error}")


_RUN: Mapping[Kind, Callable[[SessionPlan, Path, Callable[[], object]], KeptSession]] = {
    "session": _run_here,
    "benchmark": _benchmark_here,
}


def _work(request: dict[str, Any]) -> dict[str, str]:
    # A process that a shell started in the background ignores SIGINT, and its children too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    plan = msgspec.convert(request["plan"], SessionPlan, dec_hook=lambda kind, value: kind(value))
    folder = Path(request["run_folder"])
    kept = _RUN[request["kind"]](plan, folder, lambda: None)
    return {"error": kept.error, "file": str(kept.file.relative_to(folder)) if kept.file else ""}


if __name__ == "__main__":
    answer_request(_work)
