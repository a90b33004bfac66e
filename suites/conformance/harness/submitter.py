"""Submits tasks to a target."""

from dataclasses import dataclass
from typing import Any

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

    def submit(self, task: Any, *args: Any, invariants: bool = True, **kwargs: Any) -> Run:
        """Enqueue a task with a new key before its arguments; raise NotApplicable if no worker serves its queue.

        `invariants` says whether the invariants judge the task. They do not judge a task that the test disturbs, or
        whose value may break it: the test itself judges or records its outcome.
        """
        self.target.check_served(getattr(task, "queue_name", ""))
        key = self.submitted.new_key()
        run = self.accept(key, task.enqueue(key, *args, **kwargs))
        if not invariants:
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
