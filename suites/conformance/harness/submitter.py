"""Submits tasks to a target."""

from dataclasses import dataclass, field
from typing import Any, Literal

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.waiter import Waiter


@dataclass(frozen=True, slots=True)
class Submitter:
    """Enqueues tasks, and follows tasks that a test enqueued itself."""

    target: ConfiguredTarget
    submitted: SubmittedTasks
    events: EventLog
    lookups: Lookups
    waiter: Waiter
    _if_finished: list[Run] = field(default_factory=list)

    def submit(self, task: Any, *args: Any, invariants: bool | Literal["if finished"] = True, **kwargs: Any) -> Run:
        """Enqueue a task with a new key before its arguments.

        `invariants` says whether the invariants judge the task. "if finished" is for a value that may break its task:
        then the invariants judge it only if it finishes, and the test itself judges the rest.
        """
        key = self.submitted.new_key()
        run = self.accept(key, task.enqueue(key, *args, **kwargs))
        if invariants == "if finished":
            self._if_finished.append(run)
        elif not invariants:
            self.submitted.exclude(run.id)
        return run

    def accept(self, key: str, result: Any) -> Run:
        """Follow the result of a task that the test enqueued itself with a key of `new_key`."""
        self.submitted.accept(key, result)
        return self.follow(key, result)

    def follow(self, key: str, result: Any = None) -> Run:
        """Return the run of a task that another process enqueued, with its result if that is known."""
        parts = self.target, self.events, self.lookups, self.waiter
        return Run(*parts, key=key, result=result)

    def exclude_unfinished(self) -> None:
        """Exclude from the invariants each task that counts "if finished" and whose end is not reported yet."""
        unfinished = [run.id for run in self._if_finished if not (run.signals("task_finished") and run.has_ended())]
        self.submitted.exclude(*unfinished)
