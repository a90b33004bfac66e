"""The facts of a result as texts by name, so that look-ups, threads, processes and moments can be compared."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.outcomes import Deviation

PLAIN = ("id", "args", "kwargs", "backend", "worker_ids", "attempts", "is_finished")
MOMENTS = ("enqueued_at", "started_at", "last_attempted_at", "finished_at")
OF_TASK = ("priority", "queue_name", "backend", "takes_context")


def facts_of(result: Any) -> dict[str, str]:
    """Return the attributes of a TaskResult, and those of its task, if any, as `task.priority` and so on."""
    return {
        "status": str(result.status),
        **{name: describe(getattr(result, name)) for name in PLAIN},
        **{name: moment(getattr(result, name)) for name in MOMENTS},
        "errors": ascii([_error(error) for error in result.errors]),
        "return_value": _return_value(result),
        **facts_of_task(result.task),
    }


def facts_of_task(task: Any) -> dict[str, str]:
    """Return the attributes of a Task as `task.priority` and so on; only its class if it has no function."""
    facts = {"task.class": type(task).__name__}
    if getattr(task, "func", None) is None:
        return facts  # a result without a task, which RES-06 checks
    return facts | {
        "task.function": f"{task.func.__module__}.{task.func.__qualname__}",
        "task.run_after": moment(task.run_after),
        **{f"task.{name}": describe(getattr(task, name)) for name in OF_TASK},
    }


def moment(value: object) -> str:
    """Return a moment as text: in UTC if it is aware, marked as naive otherwise."""
    if not isinstance(value, datetime):
        return describe(value)
    return value.astimezone(UTC).isoformat() if timezone.is_aware(value) else f"{value.isoformat()} (naive)"


def differ_by_a_fraction(first: str, second: str) -> bool:
    """Return whether two texts of moments differ by less than a second."""
    try:
        difference = datetime.fromisoformat(first) - datetime.fromisoformat(second)
    except (ValueError, TypeError):  # not both are moments, or only one has a time zone
        return False
    return first != second and abs(difference.total_seconds()) < 1


def _error(error: Any) -> tuple[object, object]:
    # The test of errors reports an object that is no TaskError.
    return getattr(error, "exception_class_path", error), getattr(error, "traceback", None)


def _return_value(result: Any) -> str:
    try:
        return describe(result.return_value)
    except ValueError as error:
        return f"ValueError: {error}"


def same_facts(what: str, seen: Mapping[str, str], expected: Mapping[str, str], *, but: tuple[str, ...] = ()) -> None:
    """Raise Deviation at the first attribute that differs; `but` names attributes that may differ."""
    for name, value in expected.items():
        if name not in but and seen.get(name) != value:
            raise Deviation(f"{name} of {what}", expected=value[:300], seen=str(seen.get(name))[:300])


def look_up(result_id: str) -> dict[str, str]:
    """Return the facts of a result as this process sees them; called in another process."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    return facts_of(api.task_backends["default"].get_result(result_id))


def try_to_look_up(result_id: str) -> str:
    """Return the status of a result, or the exception that its look-up raises; called in another process."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    try:
        return str(api.task_backends["default"].get_result(result_id).status)
    except Exception as error:  # the caller reports it
        return type(error).__name__
