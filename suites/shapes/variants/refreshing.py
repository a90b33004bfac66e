"""The two refreshes of a result from a fresh result: assignment of its eight fields, or replacement."""

from collections.abc import Callable
from typing import Any

from django.tasks.base import TASK_REFRESH_ATTRS

from taskgauge.suites.shapes.variants.forms import Form

# Sorted, so that every arm has the same order; Django's set has a different order in each process.
REFRESHED = tuple(sorted(TASK_REFRESH_ATTRS))


def in_place(form: Form) -> Callable[[Any, Any], None] | None:
    """Return the function that copies the eight fields from a fresh result; None if the form cannot assign."""
    if form.assign is None:
        return None
    assign = form.assign

    def refresh(result: Any, fresh: Any) -> None:
        for name in REFRESHED:
            assign(result, name, getattr(fresh, name))

    return refresh


def by_replacement(form: Form, result_class: type[Any]) -> Callable[[Any, Any], Any]:
    """
    Return the function that returns a copy of a result with the eight fields of a fresh result.

    The fields are written out in one call of the form's own `replace`, since any other code would be measured too.
    """
    replace = form.replacer(result_class)
    assign = form.assign

    def into_tuple(result: Any, fresh: Any) -> Any:
        return replace(
            result,
            errors=fresh.errors,
            finished_at=fresh.finished_at,
            started_at=fresh.started_at,
            last_attempted_at=fresh.last_attempted_at,
            status=fresh.status,
            enqueued_at=fresh.enqueued_at,
            worker_ids=fresh.worker_ids,
            raw_return_value=fresh.raw_return_value,
        )

    def at_once(result: Any, fresh: Any) -> Any:
        return replace(
            result,
            errors=fresh.errors,
            finished_at=fresh.finished_at,
            started_at=fresh.started_at,
            last_attempted_at=fresh.last_attempted_at,
            status=fresh.status,
            enqueued_at=fresh.enqueued_at,
            worker_ids=fresh.worker_ids,
            _return_value=fresh._return_value,  # noqa: SLF001 - the field's own name
        )

    if assign is None:
        return into_tuple
    if form.keeps_return_value:
        return at_once
    set_field: Callable[[Any, str, Any], None] = assign

    # The constructor does not take the return value, so it is set on the copy.
    def then_return_value(result: Any, fresh: Any) -> Any:
        replaced = replace(
            result,
            errors=fresh.errors,
            finished_at=fresh.finished_at,
            started_at=fresh.started_at,
            last_attempted_at=fresh.last_attempted_at,
            status=fresh.status,
            enqueued_at=fresh.enqueued_at,
            worker_ids=fresh.worker_ids,
        )
        set_field(replaced, "_return_value", fresh._return_value)  # noqa: SLF001
        return replaced

    return then_return_value
