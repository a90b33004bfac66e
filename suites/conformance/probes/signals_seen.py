"""Observes the signals and log records of tasks that succeed and of tasks that fail."""

from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness

ENQUEUED, STARTED, FINISHED = "task_enqueued", "task_started", "task_finished"
_TIMEOUT = 10.0
"""Seconds in which signals and records that follow a task's last line must come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """Plain tasks, and tasks that the receivers look up, by `SUCCESSFUL` and `FAILED`."""

    plain: Mapping[str, Run]
    looked_up: Mapping[str, Run]


def observe_signals(target: TargetHarness) -> Signalled:
    """Run the tasks, and wait until their signals are there or time out."""
    target.workers.start()
    basic, received = target.tasks(), target.tasks("received")
    seen = Signalled(
        plain={"SUCCESSFUL": target.submit(basic.note), "FAILED": target.submit(basic.fail, "ValueError")},
        looked_up={
            "SUCCESSFUL": target.submit(received.looked_up_by_receivers),
            "FAILED": target.submit(received.looked_up_by_receivers, fails=True),
        },
    )
    runs = [*seen.plain.values(), *seen.looked_up.values()]
    for run in runs:
        run.start()
    timeout = min(_TIMEOUT, target.waiter.timeout)
    target.events.wait(lambda: all(_is_complete(run) for run in runs), timeout, lambda: None)
    return seen


def _is_complete(run: Run) -> bool:
    # Django's receiver, which writes the log record, is connected before the event log's, so the record comes first.
    return bool(run.signals(FINISHED))
