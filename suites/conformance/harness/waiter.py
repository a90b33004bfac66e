"""Waiting for what a target does: for a condition, or for the end of many tasks."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness import timeouts
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.outcomes import Deviation

_LOOK = 0.5
"""Seconds between two looks at whether tasks are over that were expected to write a line."""


class Awaited(Protocol):
    """A task that can be waited for."""

    @property
    def key(self) -> str:
        """The key of the task."""

    def ends(self) -> list[Record]:
        """Return each execution's last line, as far as seen."""

    def has_ended(self) -> bool:
        """Return whether its result or its signal says that it has ended."""


class Waiter:
    """Waits as long as a target may take, and for less time once the target is seen to run nothing at all."""

    def __init__(self, target: ConfiguredTarget, events: EventLog, check_worker: Callable[[], object]) -> None:
        """Wait for nothing yet; `check_worker` is called meanwhile, and raises to end the waiting."""
        self._target = target
        self._events = events
        self._check_worker = check_worker
        self._timeouts = timeouts.Timeouts(extra=target.bound("idle_pick_up", 1.0))
        self._given_up: set[str] = set()
        """Keys of tasks that were waited for in vain."""

    @property
    def timeout(self) -> float:
        """Seconds until what should happen at once counts as not happening: fewer, where nothing ever happens."""
        return self._timeouts.limit(self._full_timeout, self._executions())

    @property
    def _full_timeout(self) -> float:
        idle = self._target.bound("idle_pick_up", 1.0)
        return timeouts.IN_PROCESS_TIMEOUTS.get(self._target.runs, timeouts.TIMEOUT) + idle

    def _executions(self) -> int:
        """Return how often a task was seen to begin; tests that call one themselves do not count for its workers."""
        return self._events.executions(os.getpid() if self._target.runs == "worker" else None)

    def wait_for(
        self, condition: Any, what: str, timeout: float | None = None, *, seen: Any = None, since: float | None = None
    ) -> Any:
        """Return what the condition gives once it is true; raise Deviation if that does not happen in time.

        `since` is a moment of time.monotonic() from which that time counts, if not from now.
        """
        asked = self._full_timeout if timeout is None else timeout
        limit = self._timeouts.limit(asked, self._executions())
        spent = 0.0 if since is None else time.monotonic() - since
        value = self._events.wait(condition, limit - spent, self._check_worker)
        if value is None:
            if asked >= self._full_timeout:
                self._timeouts.timed_out(self._executions())
            instead = f", but {seen()}" if seen else ""
            raise Deviation(what, expected=f"within {limit:g} s", seen=f"not in that time{instead}")
        return value

    def settle(
        self, runs: Iterable[Awaited], what: str = "every task's last line is reached", *, more: float = 0.0
    ) -> None:
        """Wait until all these tasks have ended, however long, as long as the target goes on; else raise Deviation.

        `more` is added to the seconds after which nothing more is expected, as for tasks that come due late. A task
        that was waited for in vain is not waited for again.
        """
        awaited = list(runs)
        while True:
            # Counted before the tasks are looked at: what is written in between must not go unnoticed.
            known = len(self._events)
            waiting = [run for run in awaited if not run.ends()]
            if not waiting:
                return
            if all(run.key in self._given_up for run in waiting):
                raise Deviation(what, expected=f"{len(awaited)} tasks", seen=f"{len(awaited) - len(waiting)} tasks")
            if not self._wait_for_more(known, waiting, more):
                self._given_up |= {run.key for run in waiting}

    def _wait_for_more(self, known: int, waiting: Sequence[Awaited], more: float) -> bool:
        """Return True once more is written; False if that takes too long, or if all that is waited for is over."""
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
