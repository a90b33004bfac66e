"""Observes a task that takes its context: other requirements see some facts only through such a task."""

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import same, true


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


def _submit_told(target: TargetHarness) -> Run:
    return target.submit(target.tasks("contexts").tell)
