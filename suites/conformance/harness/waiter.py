"""Waits for a target: for a condition, or for the end of many tasks."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness import timeouts
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.outcomes import About, Deviation, NotApplicable

_LOOK = 0.5
"""Seconds between two checks whether tasks have ended without the expected lines."""
_LAST_PART = 10
"""The last tenth of a wait shows if the target is busy with other tasks."""
_MOST = 3
"""The most times its own length that a wait goes on while the target is busy."""


class Awaited(Protocol):
    """A task that the waiter can wait for."""

    @property
    def key(self) -> str:
        """The key of the task."""

    @property
    def words(self) -> str:
        """The name of the task, its queue, and the test that enqueued it."""

    @property
    def about(self) -> About:
        """The task, for a deviation."""

    def ends(self) -> list[Record]:
        """Return the last line of each execution, as far as it is written."""

    def has_ended(self) -> bool:
        """Return whether the task's result or signal says that it has ended."""


class Waiter:
    """Waits as long as a target may take, and for less time once the target runs no tasks."""

    def __init__(self, target: ConfiguredTarget, events: EventLog, check_worker: Callable[[], object]) -> None:
        """Take a target; `check_worker` is called during each wait, and raises to end it."""
        self._target = target
        self._events = events
        self._check_worker = check_worker
        self._timeouts = timeouts.Timeouts(extra=target.bound("idle_pick_up", 1.0))
        self._has_missed_an_end = False
        """True if a task_finished that was waited for did not come."""
        self._timed_out: set[str] = set()
        """Keys of tasks that did not end in time."""

    @property
    def timeout(self) -> float:
        """Seconds after which an immediate event counts as missing: fewer, once the target runs no tasks."""
        return self._timeouts.limit(self._full_timeout, self._executions())

    @property
    def sign_timeout(self) -> float:
        """Seconds after which a sign of a task's end counts as missing: fewer, once a target has shown none."""
        return self._timeouts.limit_for_sign(self.timeout) if self._shows_no_end else self.timeout

    @property
    def _full_timeout(self) -> float:
        idle = self._target.bound("idle_pick_up", 1.0)
        return timeouts.IN_PROCESS_TIMEOUTS.get(self._target.runs, timeouts.TIMEOUT) + idle

    def _executions(self) -> int:
        """Return how often a task began; for a target with workers, calls in this process do not count."""
        return self._events.executions(os.getpid() if self._target.runs == "worker" else None)

    def wait_for(
        self,
        condition: Any,
        what: str,
        timeout: float | None = None,
        *,
        seen: Any = None,
        since: float | None = None,
        about: About | None = None,
        sign: bool = False,
    ) -> Any:
        """Return the value of the condition once it is true; raise Deviation if that does not happen in time.

        `since` is the moment of time.monotonic() at which the time begins, if not now. `about` is the task, if the
        condition is about a single task. `sign` says that the condition is a sign of a task's end, which no target
        without results and signals gives.
        """
        asked = self._full_timeout if timeout is None else timeout
        limit = self._timeouts.limit(asked, self._executions())
        if sign and self._shows_no_end:
            limit = self._timeouts.limit_for_sign(limit)
        spent = 0.0 if since is None else time.monotonic() - since
        value = self._wait_while_busy(condition, limit - spent, may_go_on=timeout is None and limit == asked)
        if value is None:
            if sign and not self._target.flag("supports_get_result"):
                self._has_missed_an_end = True
            elif asked >= self._full_timeout:
                self._timeouts.timed_out(self._executions())
            instead = f", but {seen()}" if seen else ""
            missed = [about.key] if about else ()
            raise Deviation(
                what, expected=f"within {limit:g} s", seen=f"not in that time{instead}", about=about, missed=missed
            )
        return value

    def _wait_while_busy(self, condition: Any, limit: float, *, may_go_on: bool) -> Any:
        """Return the value of the condition, or None after `limit` seconds.

        Where it may go on, the wait goes on while the target starts other tasks: a slow machine is no missing event.
        """
        last = limit / _LAST_PART
        value = self._events.wait(condition, limit - last, self._check_worker)
        ends = _MOST * _LAST_PART if may_go_on else 1
        while value is None and ends > 0:
            known = self._executions()
            value = self._events.wait(condition, last, self._check_worker)
            ends = ends - 1 if self._executions() > known else 0
        return value

    @property
    def _shows_no_end(self) -> bool:
        return not self._target.flag("supports_get_result") and self.sees_no_signal_of_an_end

    @property
    def sees_no_signal_of_an_end(self) -> bool:
        """True if one task_finished was waited for in vain, and the target has sent none for any other task."""
        return self._has_missed_an_end and not self._events.records(event="signal", signal="task_finished")

    def wait_for_finished(
        self, result_id: str, timeout: float | None = None, *, words: str = "a task", about: About | None = None
    ) -> Record:
        """Wait for the last task_finished of a task and return it; raise Deviation if it does not come.

        Raises NotApplicable if the target sends none for any task: then SIG-04 reports it, and the end cannot be seen.
        """
        if not self.sees_no_signal_of_an_end:
            try:
                what = f"task_finished is sent for {words}"
                self.wait_for(lambda: self._finished(result_id), what, timeout, about=about)
            except Deviation:
                self._has_missed_an_end = True
                if not self.sees_no_signal_of_an_end:
                    raise
        if self.sees_no_signal_of_an_end:
            raise NotApplicable("no end can be seen: no results are kept, and task_finished is not sent (SIG-04)")
        return self._finished(result_id)[-1]

    def _finished(self, result_id: str) -> list[Record]:
        return self._events.signals(result_id, "task_finished")

    def settle(
        self, runs: Iterable[Awaited], what: str = "every task's last line is reached", *, more: float = 0.0
    ) -> None:
        """Wait until all these tasks have ended, as long as the target writes lines; else raise Deviation.

        `more` seconds are added to the timeout between two lines, as for tasks that come due late. A task that has
        timed out before is not waited for again.
        """
        awaited = list(runs)
        while True:
            # Count before looking at the tasks, so that a line written in between is noticed.
            known = len(self._events)
            waiting = [run for run in awaited if not run.ends()]
            if not waiting:
                return
            if all(run.key in self._timed_out for run in waiting):
                first, others = waiting[0], len(waiting) - 1
                missing = f"{first.words} and {others} more" if others else first.words
                seen = f"{len(awaited) - len(waiting)} tasks, without {missing}"
                missed = [run.key for run in waiting]
                raise Deviation(what, expected=f"{len(awaited)} tasks", seen=seen, about=first.about, missed=missed)
            if not self._wait_for_more(known, waiting, more):
                self._timed_out |= {run.key for run in waiting}

    def _wait_for_more(self, known: int, waiting: Sequence[Awaited], more: float) -> bool:
        """Return True once another line is written; False if that takes too long or all these tasks have ended."""
        begin = time.monotonic()
        looks = 0
        while time.monotonic() < begin + self.timeout + more:
            if self._events.wait(partial(self._has_grown, known), _LOOK, self._check_worker):
                return True
            looks = looks + 1 if all(run.has_ended() for run in waiting) else 0
            if looks > 1:
                return False
        self._timeouts.timed_out(self._executions())
        return False

    def _has_grown(self, known: int) -> bool:
        return len(self._events) > known
