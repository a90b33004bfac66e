"""Starts a session, waits for its end, and removes everything that it leaves behind."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.process_guard import guard, release
from taskgauge.backends.processes.reaper import FOLDER
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.suites.dispatch import errors
from taskgauge.suites.dispatch.session_config import ENQUEUE, ERRORS, FAILURE, START, Outcome, SessionConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """The outcome of a session, with the latencies of all tasks (nanoseconds, by task number)."""

    outcome: Outcome
    enqueue: array[int]
    start: array[int]


def dispatch(config: SessionConfig) -> Dispatched:
    """Run a session in fresh processes; raise DispatchError."""
    with _Session(config) as session:
        return session.outcome()


def dispatch_in_turns(configs: Sequence[SessionConfig]) -> list[Dispatched | errors.DispatchError]:
    """Run sessions side by side, one turn of one session at a time, in rotated order.

    A disturbance of the machine then affects all sessions alike. Return the outcome of each session, or its error.
    """
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(_Session(config, takes_turns=True)) for config in configs]
        for turn in range(configs[0].turns):
            first = turn % len(sessions)
            for session in (*sessions[first:], *sessions[:first]):
                session.take_turn()
        return [_caught(session) for session in sessions]


def _caught(session: "_Session") -> "Dispatched | errors.DispatchError":
    try:
        return session.outcome()
    except errors.DispatchError as error:
        return error


class _Session:
    """A running session; the end of the context ends its processes and removes its folder."""

    def __init__(self, config: SessionConfig, *, takes_turns: bool = False) -> None:
        """Start the session; with `takes_turns` it waits for every turn."""
        self._folder = Path(tempfile.mkdtemp(prefix="taskgauge-dispatch-"))
        guard(FOLDER, str(self._folder))
        life_line, self._turns = os.pipe()
        self._over: int | None = None
        over: int | None = None
        if takes_turns:
            self._over, over = os.pipe()
        with (self._folder / ERRORS).open("wb") as output:
            self._process = SupervisedProcess(
                [sys.executable, "-m", "taskgauge.suites.dispatch.session", replace(config, turn_is_over=over).dump()],
                environment=os.environ,
                folder=self._folder,
                output=output,
                stdin=life_line,
                inherited=() if over is None else (over,),
            )
        os.close(life_line)
        if over is not None:
            os.close(over)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # Kill the processes of the session first: one that is still ending could write into the folder.
        self._process.kill()
        os.close(self._turns)
        if self._over is not None:
            os.close(self._over)
        shutil.rmtree(self._folder)
        release(FOLDER, str(self._folder))

    def take_turn(self) -> None:
        """Let the session run the tasks of one turn; do nothing if it has ended."""
        assert self._over is not None  # noqa: S101 -- it takes turns
        with contextlib.suppress(BrokenPipeError):
            os.write(self._turns, b".")
        os.read(self._over, 1)

    def outcome(self) -> Dispatched:
        """Wait for the end of the session and return its outcome; raise DispatchError."""
        code = self._process.wait()
        if (self._folder / FAILURE).exists():
            _raise_failure(self._folder)
        if code:
            raise errors.SessionDied(
                f"the enqueueing process ended with code {code}: {explaining_line(self._folder / ERRORS)}"
            )
        return Dispatched(
            outcome=Outcome.read(self._folder),
            enqueue=_read_array(self._folder / ENQUEUE),
            start=_read_array(self._folder / START),
        )


def _raise_failure(folder: Path) -> None:
    failure = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
    kind: type[errors.DispatchError] = getattr(errors, failure["name"])
    if issubclass(kind, errors.TasksUnaccounted):
        raise kind(failure["text"], failure["count"])
    raise kind(failure["text"])


def _read_array(path: Path) -> array[int]:
    numbers = array("q")
    numbers.frombytes(path.read_bytes())
    return numbers
