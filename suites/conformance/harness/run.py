"""One submitted task: what the event log and look-ups say of it, and waiting for its lines and its end."""

import contextlib
import time
from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.waiter import Waiter
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable

_LOOK = 0.5
"""Seconds between two looks at whether a task is over that was expected to write a line."""
_LOOK_IN_PROCESS = 0.1
"""The same where tasks run in this process, and a look costs nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One submitted task: its key, what enqueue() returned, and the target it is on."""

    target: ConfiguredTarget
    events: EventLog
    lookups: Lookups
    waiter: Waiter
    key: str
    result: Any

    @property
    def id(self) -> str:
        """The result's id."""
        return str(self.result.id)

    def starts(self) -> list[Record]:
        """Return each execution's first line, as far as seen."""
        return self.events.of(self.key, "started")

    def ends(self) -> list[Record]:
        """Return each execution's last line, as far as seen."""
        return self.events.of(self.key, "finished")

    def signals(self, name: str | None = None) -> list[Record]:
        """Return the signals that came for it."""
        return self.events.signals(self.id, name)

    def start(self, timeout: float | None = None) -> Record:
        """Wait for its first line; raise Deviation if it does not come."""
        return self._line("started", "the task starts", timeout)

    def end(self, timeout: float | None = None) -> Record:
        """Wait for its last line; raise Deviation if it does not come."""
        return self._line("finished", "the task's last line is reached", timeout)

    def end_told(self) -> None:
        """Wait for its last line, and a while until its end is told: then its worker has nothing more to do for it.

        Raises Deviation if the line does not come.
        """
        self.end()
        with contextlib.suppress(Deviation):
            self.waiter.wait_for(self.has_ended, "the task's end is told")

    def has_ended(self) -> bool:
        """Return whether its end is told, by its result or, where there is none, by its signal."""
        if self.target.flag("supports_get_result"):
            return self.status() in FINAL
        return bool(self.signals("task_finished"))

    def _line(self, event: str, what: str, timeout: float | None) -> Record:
        over = _Over(self)

        def has_come() -> list[Record] | bool:
            return self.events.of(self.key, event) or over.is_sure()

        lines = self.waiter.wait_for(has_come, what, timeout)
        if lines is True:
            end = self.status() if self.target.flag("supports_get_result") else "task_finished was sent"
            raise Deviation(what, expected="it is seen", seen=f"the task is over without it: {end}")
        first: Record = lines[0]
        return first

    def look(self) -> Any:
        """Return the result as the backend reports it now; raise NotApplicable where it reports none."""
        return self.lookups.get_result(self.id)

    def status(self) -> str:
        """Return the status as it is reported now, or the name of the exception that a look-up raises."""
        try:
            return str(self.look().status)
        except NotApplicable:
            raise
        except Exception as error:  # its name is what the test reports
            return type(error).__name__

    def outcome(self, timeout: float | None = None) -> Any:
        """Wait for the final state and return the result; where results are not kept, the one that enqueue() gave.

        Raises Deviation if it does not come.
        """
        if not self.target.flag("supports_get_result"):
            if self.target.runs != "inside":
                self.waiter.wait_for(lambda: self.signals("task_finished"), "task_finished is sent", timeout)
            return self.result
        looked_up: list[Any] = []

        def is_finished() -> bool:
            # Whether it can be looked up in every state is a requirement of its own; here its end is waited for.
            with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
                looked_up[:] = [self.look()]
            return bool(looked_up and looked_up[0].is_finished)

        self.waiter.wait_for(
            is_finished,
            "the result is finished",
            timeout,
            seen=lambda: f"{looked_up[0].status}" if looked_up else "no result",
        )
        with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
            # The look that was the first to find the end may have come in the middle of it; RES-16 is about that one.
            return self.look()
        return looked_up[0]


class _Over:
    """Knows when a task is over for so long that a line it has not written by now will not come any more."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pause = _LOOK_IN_PROCESS if run.target.runs in {"threads", "inside"} else _LOOK
        self._next = time.monotonic() + self._pause
        self._seen = 0

    def is_sure(self) -> bool:
        """Look now and then; return True once its end was told twice in a row."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._pause
        self._seen = self._seen + 1 if self._run.has_ended() else 0
        return self._seen > 1
