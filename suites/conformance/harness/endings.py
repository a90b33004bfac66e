"""How a task ended, by its result where that can be looked up, else by the signal that tells of it."""

from dataclasses import dataclass

from taskgauge.suites.conformance.harness.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is known of every target's finished tasks."""

    status: str
    errors: list[str]
    """The paths of the exceptions' classes."""


def ending_of(run: Run) -> Ending:
    """Wait for the end; raise Deviation if it does not come."""
    target = run.target
    if target.flag("supports_get_result") or target.runs == "inside":
        result = run.outcome()
        return Ending(status=str(result.status), errors=[error.exception_class_path for error in result.errors])
    signals = run.waiter.wait_for(lambda: run.signals("task_finished"), "task_finished is sent")
    return Ending(status=signals[-1]["status"], errors=signals[-1]["errors"])
