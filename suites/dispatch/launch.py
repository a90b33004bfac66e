"""Starts a session, waits for its end, and leaves nothing of it behind."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path

from taskgauge.suites.dispatch import errors
from taskgauge.suites.dispatch.order import ENQUEUE, ERRORS, FAILURE, START, Order, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What a session measured, with each task's latencies (nanoseconds, by task number)."""

    outcome: Outcome
    enqueue: array[int]
    start: array[int]


def dispatch(order: Order) -> Dispatched:
    """Carry an order out in fresh processes; raise DispatchError."""
    folder = Path(tempfile.mkdtemp(prefix="taskgauge-dispatch-"))
    try:
        code = _run(order, folder)
        if (folder / FAILURE).exists():
            _raise_failure(folder)
        if code:
            raise errors.SessionDied(f"the enqueueing process ended with code {code}: {_last_words(folder)}")
        return Dispatched(
            outcome=Outcome.read(folder),
            enqueue=_read_array(folder / ENQUEUE),
            start=_read_array(folder / START),
        )
    finally:
        shutil.rmtree(folder)


def _run(order: Order, folder: Path) -> int:
    with (folder / ERRORS).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "taskgauge.suites.dispatch.session", order.dump()],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
        try:
            return process.wait()
        finally:
            # All that the session started is in its group, and none of it has anything left to do.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _raise_failure(folder: Path) -> None:
    failure = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
    kind: type[errors.DispatchError] = getattr(errors, failure["name"])
    if issubclass(kind, errors.TasksUnaccounted):
        raise kind(failure["text"], failure["count"])
    raise kind(failure["text"])


def _last_words(folder: Path) -> str:
    lines = (folder / ERRORS).read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _read_array(path: Path) -> array[int]:
    numbers = array("q")
    numbers.frombytes(path.read_bytes())
    return numbers
