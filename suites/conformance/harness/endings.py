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
    """Wait for the end of a task and return it.

    Raises Deviation if it does not come, and NotApplicable if no end can be seen.
    """
    target = run.target
    if target.flag("supports_get_result") or target.runs == "inside":
        result = run.outcome()
        return Ending(status=str(result.status), errors=[error.exception_class_path for error in result.errors])
    signal = run.waiter.wait_for_finished(run.id, words=run.words, about=run.about)
    return Ending(status=signal["status"], errors=signal["errors"])
