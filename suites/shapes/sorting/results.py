"""The results to sort, and the documented order of each arm, computed without the arm's own methods."""

import random
from datetime import timedelta
from typing import Any

from taskgauge.suites.shapes.objects import EPOCH, parts_of
from taskgauge.suites.shapes.sorting.sort_orders import ARMS
from taskgauge.suites.shapes.variants import Variant

COUNT = 1000
PRIORITIES = (-10, 0, 0, 0, 10, 50)
"""Priorities of tasks; most are the default priority, so that the later keys of an order matter too."""
WAITING = (None, None, EPOCH + timedelta(hours=1), EPOCH + timedelta(hours=2))


def results_of(variant: Variant) -> list[Any]:
    """Return results of tasks with several priorities and due times, always in the same order of arrival."""
    numbers = list(range(COUNT))
    random.Random(COUNT).shuffle(numbers)  # noqa: S311 - an order, no secret
    tasks = {
        (priority, run_after): variant.tasks.add.using(priority=priority, run_after=run_after)
        for priority in set(PRIORITIES)
        for run_after in WAITING
    }
    results = []
    for number in numbers:
        priority, run_after = PRIORITIES[number % len(PRIORITIES)], WAITING[number % 11 % len(WAITING)]
        parts = parts_of(variant, number, "READY") | {"task": tasks[priority, run_after]}
        del parts["_return_value"]
        results.append(variant.new_result(**parts))
    return results


def documented_order(variant: Variant, arrived: list[Any]) -> list[str]:
    """Return the ids in the order that the variant's arm documents."""

    def priority_then_last(entry: tuple[int, Any]) -> Any:
        _place, result = entry
        return -result.task.priority, EPOCH - result.enqueued_at

    def priority_then_due_then_first(entry: tuple[int, Any]) -> Any:
        _place, result = entry
        return -result.task.priority, result.task.run_after or EPOCH, result.enqueued_at

    keys = {
        ARMS["key-tuple"]: priority_then_last,
        ARMS["key-tuple-again"]: priority_then_last,
        ARMS["priority-lifo"]: priority_then_last,
        ARMS["priority-run-after-enqueued"]: priority_then_due_then_first,
    }
    return [result.id for _place, result in sorted(enumerate(arrived), key=keys[variant.name])]
