"""The sort orders of results, as variants of today's shape with the methods that an order needs."""

from collections.abc import Callable
from typing import Any

from taskgauge.suites.shapes.variants.build import from_form
from taskgauge.suites.shapes.variants.loading import FORMS
from taskgauge.suites.shapes.variants.names import modules_of
from taskgauge.suites.shapes.variants.variant import Variant

Before = Callable[[Any, Any], bool]


def higher_priority_then_later(left: Any, right: Any) -> bool:
    """Return True if left goes first: by priority, highest first, then by `enqueued_at`, latest first."""
    mine, other = left.task.priority, right.task.priority
    if mine != other:
        return mine > other  # type: ignore[no-any-return]
    return left.enqueued_at > right.enqueued_at  # type: ignore[no-any-return]


def higher_priority_then_due_then_earlier(left: Any, right: Any) -> bool:
    """
    Return True if left goes first: by priority, highest first, then by `run_after`, then by `enqueued_at`.

    A task without `run_after` is due at once, so it goes before tasks that have to wait.
    """
    mine, other = left.task, right.task
    if mine.priority != other.priority:
        return mine.priority > other.priority  # type: ignore[no-any-return]
    due, other_due = mine.run_after, other.run_after
    if due != other_due:
        return due is None or (other_due is not None and due < other_due)
    return left.enqueued_at < right.enqueued_at  # type: ignore[no-any-return]


def methods_of(before: Before) -> dict[str, Callable[[Any, Any], bool]]:
    """Return the four methods of a comparable class; equality stays field by field."""
    return {
        "__lt__": before,
        "__gt__": lambda left, right: before(right, left),
        "__le__": lambda left, right: not before(right, left),
        "__ge__": lambda left, right: not before(left, right),
    }


def _comparable(attribute: str, before: Before | None) -> Variant:
    form = FORMS["frozen-slots-dataclass"]
    path = path_of(attribute)
    return from_form(path, "eager", form, modules_of(path), extra=methods_of(before) if before else None)


def path_of(attribute: str) -> str:
    """Return the name under which `load` finds a variant of this module, in any process."""
    return f"{__name__}:{attribute}"


KEY_TUPLE = _comparable("KEY_TUPLE", None)
KEY_TUPLE_AGAIN = _comparable("KEY_TUPLE_AGAIN", None)
PRIORITY_LIFO = _comparable("PRIORITY_LIFO", higher_priority_then_later)
PRIORITY_RUN_AFTER_ENQUEUED = _comparable("PRIORITY_RUN_AFTER_ENQUEUED", higher_priority_then_due_then_earlier)

ARMS = {
    "key-tuple": path_of("KEY_TUPLE"),
    "key-tuple-again": path_of("KEY_TUPLE_AGAIN"),
    "priority-lifo": path_of("PRIORITY_LIFO"),
    "priority-run-after-enqueued": path_of("PRIORITY_RUN_AFTER_ENQUEUED"),
}
"""The arms, as names with the path of the variant: the baseline without an order, its A/A control, the others."""
WITHOUT_ORDER = frozenset({ARMS["key-tuple"], ARMS["key-tuple-again"]})
