"""The work of every measured task: it writes its start and its end to the event log."""

import os
import time

from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event
from taskgauge.suites.sessions.costs.variables import GATE, STEPS
from taskgauge.suites.sessions.worker_memory import memory_log

_LONG = 0.003
"""The seconds that a task takes in a session with a gate, so that the gate can close between two tasks."""
_LOOK = 0.002
_gate = os.environ.get(GATE)
_memory = os.environ.get(memory_log.VARIABLE)
_has_steps = STEPS in os.environ
ECHO = "TASKGAUGE_ECHO"
"""The environment variable with which every task returns its number."""
_echoes = ECHO in os.environ


def execute(number: int) -> int | None:
    """Write the start and the end of this execution; in between, only a session that counts lets it wait.

    Return the number if the environment says so.
    """
    if _has_steps:
        # Other sessions measure memory, and do not load the module.
        from taskgauge.suites.sessions.costs import steps  # noqa: PLC0415

        steps.body(lambda: _execute(number))
    else:
        _execute(number)
    return number if _echoes else None


def _execute(number: int) -> None:
    journal.write(Event.STARTED, number)
    if _gate is not None:
        _pass(_gate)
    journal.write(Event.FINISHED, number)
    if _memory is not None:
        memory_log.note(_memory)


def _pass(gate: str) -> None:
    time.sleep(_LONG)
    while os.path.exists(gate):  # noqa: PTH110 -- a task has no use for an object
        time.sleep(_LOOK)
