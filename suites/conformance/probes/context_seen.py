"""Observes a task that takes its context: other requirements see some facts only through such a task."""

from typing import Any

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, true
from taskgauge.suites.conformance.probes.using_changes import varied
from taskgauge.suites.conformance.result_facts import facts_of_task

ARGS = (1, ["two", {"three": None}])
"""The arguments of the task that records its context, after its key."""


def observe_context(target: TargetHarness) -> Record:
    """Return the first line of a task that takes its context; raise Deviation if it does not start (CTX-01)."""
    return target.submit(target.tasks().tell_context).start()


def check_context(target: TargetHarness) -> None:
    """Raise Deviation unless the context has the result of a Task of the function that runs (CTX-03)."""
    run = target.observe_once(_submit_told)
    recorded = run.start()["result"]
    true("context.task_result", isinstance(recorded, dict), expected="a TaskResult", seen=recorded)
    function = run.result.task.func
    path = f"{function.__module__}.{function.__qualname__}"
    same("context.task_result.task.function", recorded.get("task.function"), path)


def submit_varied(target: TargetHarness) -> Run:
    """Submit a task with changes of using() that records its context."""
    return target.submit(varied(target, target.tasks("contexts").tell), *ARGS, named="four")


def record_of_varied(target: TargetHarness) -> Record:
    """Return the record of that task; raise NotApplicable if it does not start, which CTX-01 covers."""
    try:
        return target.observe_once(submit_varied).start()
    except Deviation as deviation:
        raise NotApplicable(f"no task with its context starts, which is CTX-01: {deviation}") from deviation


def result_told(target: TargetHarness) -> dict[str, str]:
    """Return the facts of `context.task_result` that this task recorded; raise Deviation if it is no TaskResult."""
    recorded: Any = record_of_varied(target)["result"]
    true("context.task_result", isinstance(recorded, dict), expected="a TaskResult", seen=recorded)
    result: dict[str, str] = recorded
    return result


def check_task_told(target: TargetHarness, name: str) -> None:
    """Raise Deviation unless an attribute of the context's Task has the value that was enqueued (CTX-03)."""
    received, enqueued = result_told(target), facts_of_task(varied(target, target.tasks("contexts").tell))
    same(f"context.task_result.task.{name}", received.get(f"task.{name}"), enqueued[f"task.{name}"])


def _submit_told(target: TargetHarness) -> Run:
    return target.submit(target.tasks("contexts").tell)
