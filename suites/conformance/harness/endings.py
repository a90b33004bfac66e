"""The end of a task: read from its result if that can be looked up, else from its signal."""

from dataclasses import dataclass

from taskgauge.suites.conformance.harness.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The facts that every target gives of a finished task."""

    status: str
    errors: list[str]
    """The paths of the exceptions' classes."""


def ending_of(run: Run) -> Ending:
    """Wait for the end of a task and return it; raise Deviation if it does not come."""
    target = run.target
    if target.flag("supports_get_result") or target.runs == "inside":
        result = run.outcome()
        return Ending(status=str(result.status), errors=[error.exception_class_path for error in result.errors])
    signals = run.waiter.wait_for(lambda: run.signals("task_finished"), "task_finished is sent")
    return Ending(status=signals[-1]["status"], errors=signals[-1]["errors"])
