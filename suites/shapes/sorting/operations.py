"""The ordering operations, as data: sort 1,000 results, and send them through heapq and through queue.PriorityQueue."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from queue import PriorityQueue
from typing import Any

from taskgauge.suites.shapes.objects import EPOCH
from taskgauge.suites.shapes.operation import Names, Operation, PreparedOperation
from taskgauge.suites.shapes.sorting.results import COUNT, documented_order, results_of
from taskgauge.suites.shapes.sorting.sort_orders import WITHOUT_ORDER
from taskgauge.suites.shapes.variants import Variant

# Results without their own order wait as (keys, counter, result), in the same order as the proposed comparison. The
# counter keeps the queue from comparing results.
ENTRY = "(-result.task.priority, epoch - result.enqueued_at, next(counter), result)"


def _prepare(own_order: str, by_key: str, names: Callable[[], Names]) -> Callable[[Variant], PreparedOperation]:
    """Return the function that prepares an arm, by the expression for results with or without their own order."""

    def prepare(variant: Variant) -> PreparedOperation:
        arrived = results_of(variant)
        expected = documented_order(variant, arrived)
        comparable = variant.name not in WITHOUT_ORDER
        return PreparedOperation(
            expression=own_order if comparable else by_key,
            names={"results": arrived, **names()},
            holds=lambda ordered: [result.id for result in ordered] == expected,
        )

    return prepare


def _highest_priority_then_last(result: Any) -> Any:
    return -result.task.priority, EPOCH - result.enqueued_at


def _queue_names() -> Names:
    queue: PriorityQueue[Any] = PriorityQueue()
    return {"put": queue.put, "get": queue.get, "counter": count(), "epoch": EPOCH}


OPERATIONS = (
    Operation(
        name="order-sort",
        prepare=_prepare("sorted(results)", "sorted(results, key=key)", lambda: {"key": _highest_priority_then_last}),
        repeats=COUNT,
    ),
    Operation(
        name="order-heapq",
        prepare=_prepare(
            "[push(heap, result) for result in results] and [pop(heap) for _ in results]",
            f"[push(heap, {ENTRY}) for result in results] and [pop(heap)[3] for _ in results]",
            lambda: {"push": heappush, "pop": heappop, "heap": [], "counter": count(), "epoch": EPOCH},
        ),
        repeats=COUNT,
    ),
    Operation(
        name="order-priority-queue",
        prepare=_prepare(
            "[put(result) for result in results] and [get() for _ in results]",
            f"[put({ENTRY}) for result in results] and [get()[3] for _ in results]",
            _queue_names,
        ),
        repeats=COUNT,
    ),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
