"""One submitted task: its records in the event log, its look-ups, and waiting for its lines and its end."""

import contextlib
import time
from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.waiter import Waiter
from taskgauge.suites.conformance.outcomes import About, Deviation, NotApplicable

_LOOK = 0.5
"""Seconds between two checks whether a task has ended without the expected line."""
_LOOK_IN_PROCESS = 0.1
"""The same seconds if tasks run in this process, where a check costs nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One submitted task: its key, the result that enqueue() returned, and its target."""

    target: ConfiguredTarget
    events: EventLog
    lookups: Lookups
    waiter: Waiter
    key: str
    result: Any

    @property
    def id(self) -> str:
        """The id of the result."""
        return str(self.result.id)

    @property
    def words(self) -> str:
        """The name of the task, its queue, and the test that enqueued it if that is another test."""
        name = self._fact("task", "name")
        test = self.lookups.test_of(self.key)
        where = f" on the queue {queue!r}" if (queue := self._fact("queue", "queue_name")) else ""
        return f"{f'the task {name}' if name else 'a task'}{where}{f', of {test}' if test else ''}"

    @property
    def about(self) -> About:
        """The task, for a deviation."""
        return About(key=self.key, queue=self._fact("queue", "queue_name"))

    def _fact(self, of_signal: str, of_task: str) -> str:
        """Return a fact of the task from the result of enqueue(), or else from a signal; empty if it is not known."""
        fact = getattr(getattr(self.result, "task", None), of_task, None)
        if fact is None:
            records = self.events.records(key=self.key, event="signal")
            fact = records[0].get(of_signal) if records else None
        return fact if isinstance(fact, str) else ""

    def starts(self) -> list[Record]:
        """Return the first line of each execution, as far as it is written."""
        return self.events.of(self.key, "started")

    def ends(self) -> list[Record]:
        """Return the last line of each execution, as far as it is written."""
        return self.events.of(self.key, "finished")

    def signals(self, name: str | None = None) -> list[Record]:
        """Return the signals that were sent for the task."""
        return self.events.signals(self.id, name)

    def start(self, timeout: float | None = None) -> Record:
        """Wait for the task's first line; raise Deviation if it does not come."""
        return self._line("started", f"{self.words} starts", timeout)

    def end(self, timeout: float | None = None) -> Record:
        """Wait for the task's last line; raise Deviation if it does not come."""
        return self._line("finished", f"{self.words} reaches its last line", timeout)

    def end_told(self) -> None:
        """Wait for the task's last line, and then until its end is reported: its worker has finished it then.

        Raises Deviation if the line does not come.
        """
        self.end()
        with contextlib.suppress(Deviation, NotApplicable):
            if self.target.flag("supports_get_result"):
                self.waiter.wait_for(self.has_ended, f"the end of {self.words} is reported", about=self.about)
            else:
                self.waiter.wait_for_finished(self.id, words=self.words, about=self.about)

    def has_ended(self) -> bool:
        """Return whether the end is reported: by the result or, if there is none, by the signal.

        A target that is known to show neither reports no end; there the last line of the task stands for it.
        """
        if self.target.flag("supports_get_result"):
            return self.status() in FINAL
        if self.waiter.sees_no_signal_of_an_end:
            return bool(self.ends())
        return bool(self.signals("task_finished"))

    def _line(self, event: str, what: str, timeout: float | None) -> Record:
        over = _Over(self)

        def has_come() -> list[Record] | bool:
            return self.events.of(self.key, event) or over.is_sure()

        lines = self.waiter.wait_for(has_come, what, timeout, about=self.about)
        if lines is True:
            end = self.status() if self.target.flag("supports_get_result") else "task_finished was sent"
            raise Deviation(what, expected="it is seen", seen=f"the task is over without it: {end}", about=self.about)
        first: Record = lines[0]
        return first

    def look(self) -> Any:
        """Return the result as the backend reports it now; raise NotApplicable if the backend keeps no results."""
        return self.lookups.get_result(self.id)

    def status(self) -> str:
        """Return the present status, or the name of the exception that the look-up raises."""
        try:
            return str(self.look().status)
        except NotApplicable:
            raise
        except Exception as error:  # its name is what the test reports
            return type(error).__name__

    def outcome(self, timeout: float | None = None) -> Any:
        """Wait for the final state and return the result; if results are not kept, return the one from enqueue().

        Raises Deviation if the final state does not come, and NotApplicable if no end can be seen.
        """
        if not self.target.flag("supports_get_result"):
            if self.target.runs != "inside":
                self.waiter.wait_for_finished(self.id, timeout, words=self.words, about=self.about)
            return self.result
        looked_up: list[Any] = []

        def is_finished() -> bool:
            # Another requirement covers look-ups in every state; this function only waits for the end.
            with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
                looked_up[:] = [self.look()]
            return bool(looked_up and looked_up[0].is_finished)

        self.waiter.wait_for(
            is_finished,
            f"the result of {self.words} is finished",
            timeout,
            seen=lambda: f"{looked_up[0].status}" if looked_up else "no result",
            about=self.about,
        )
        with contextlib.suppress(self.target.api.TaskResultDoesNotExist):
            # The first look-up that sees the end may see only a part of it, which RES-16 checks.
            return self.look()
        return looked_up[0]


class _Over:
    """Tells when a task has ended long enough ago that a missing line will not come any more."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pause = _LOOK_IN_PROCESS if run.target.runs in {"threads", "inside"} else _LOOK
        self._next = time.monotonic() + self._pause
        self._seen = 0

    def is_sure(self) -> bool:
        """Check now and then; return True once the end was reported twice in a row."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._pause
        self._seen = self._seen + 1 if self._run.has_ended() else 0
        return self._seen > 1
