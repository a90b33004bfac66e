"""Starts a session, waits for its end, and leaves nothing of it behind."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from taskgauge.backends.processes.reaper import kill_all
from taskgauge.suites.dispatch import errors
from taskgauge.suites.dispatch.session_config import ENQUEUE, ERRORS, FAILURE, START, Order, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What a session measured, with each task's latencies (nanoseconds, by task number)."""

    outcome: Outcome
    enqueue: array[int]
    start: array[int]


def dispatch(order: Order) -> Dispatched:
    """Carry an order out in fresh processes; raise DispatchError."""
    with _Session(order) as session:
        return session.outcome()


def dispatch_in_turns(orders: Sequence[Order]) -> list[Dispatched | errors.DispatchError]:
    """Carry orders out side by side, one turn of one order at a time, in a rotated sequence.

    So that what disturbs the machine disturbs all alike. Returns what each measured, or what went wrong with it.
    """
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(_Session(order, takes_turns=True)) for order in orders]
        for turn in range(orders[0].turns):
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
    """A session while it runs; nothing of it is left when the context ends."""

    def __init__(self, order: Order, *, takes_turns: bool = False) -> None:
        """Start it; where it takes turns it waits for each."""
        self._folder = Path(tempfile.mkdtemp(prefix="taskgauge-dispatch-"))
        self._over: int | None = None
        over: int | None = None
        if takes_turns:
            self._over, over = os.pipe()
        with (self._folder / ERRORS).open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "taskgauge.suites.dispatch.session", replace(order, turn_is_over=over).dump()],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
                pass_fds=() if over is None else (over,),
            )
        if over is not None:
            os.close(over)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # All that the session started is in its group, and none of it has anything left to do; what is still dying
        # could still write into the folder.
        kill_all([self._process.pid], [])
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._over is not None:
            os.close(self._over)
        shutil.rmtree(self._folder)

    def take_turn(self) -> None:
        """Let it run the tasks of one turn; one that has ended takes none."""
        assert self._over is not None  # noqa: S101 -- it takes turns
        assert self._process.stdin is not None  # noqa: S101 -- a pipe
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b".")
        os.read(self._over, 1)

    def outcome(self) -> Dispatched:
        """Wait for its end and return what it measured; raise DispatchError."""
        code = self._process.wait()
        if (self._folder / FAILURE).exists():
            _raise_failure(self._folder)
        if code:
            raise errors.SessionDied(f"the enqueueing process ended with code {code}: {_last_words(self._folder)}")
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


def _last_words(folder: Path) -> str:
    lines = (folder / ERRORS).read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _read_array(path: Path) -> array[int]:
    numbers = array("q")
    numbers.frombytes(path.read_bytes())
    return numbers
