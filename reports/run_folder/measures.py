"""What each measure is called, and which way is better."""

from dataclasses import dataclass
from typing import Literal

BASELINES = {"ordering": "key-tuple", "calls": "func"}
PLACEBO = "today-again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that is measured. `counted` values are exact; `quantile` is set where the measure is one."""

    name: str
    title: str
    better: Literal["less", "more"] = "less"
    counted: bool = False
    quantile: float | None = None


_TITLES = {
    "create-bare": "Create a result: the shape alone",
    "create": "Create a result, its arguments passed through normalize_json",
    "read-first": "Read a result's first attribute",
    "read-last": "Read a result's last attribute",
    "read-property": "Read a result's property",
    "read-task": "Read a result's task",
    "evolve-bare": "A new result with one field changed: the shape alone",
    "evolve": "A new result with one field changed, as each shape's library does it",
    "refresh-in-place": "Refresh all eight fields in place",
    "refresh-by-replacement": "Refresh all eight fields by a replacement",
    "equal": "Compare two equal results",
    "copy": "copy.copy of a result",
    "deepcopy": "copy.deepcopy of a result",
    "repr": "repr of a result",
    "task-create-bare": "Create a Task: the shape alone",
    "task-create": "Create a Task, validated by its backend",
    "task-read": "Read a Task's attributes",
    "task-evolve": "A new Task with one field changed",
    "task-equal": "Compare two equal Tasks",
    "task-hash": "Hash a Task",
    "task-pickle-dumps": "Pickle a Task",
    "task-pickle-loads": "Unpickle a Task",
    "context-create": "Create a TaskContext",
    "order-sort": "Sort results",
    "order-heapq": "Push to and pop from heapq",
    "order-priority-queue": "Put into and get from queue.PriorityQueue",
    "allocated-bytes": "Bytes allocated for one result",
    "allocations": "Allocations for one result",
    "resident-bytes": "Resident bytes of one result, with all of them alive",
    "collect": "One full garbage collection with all results alive",
    "pickle-all": "Pickle every result, 1,000 at a time",
    "pickle-bytes": "Size of a pickle, for each result in it",
    "pipe-rate": "Results through a pipe to another process and back",
    "pipe-bytes": "Bytes through the pipe for each result",
    "task-copies": "Task objects on the other side of the pipe",
    "dispatch-rate": "Tasks from first start to last finish",
    "unaccounted": "Tasks lost or doubled",
    "enqueue-max": "Longest enqueue",
    "start-max": "Longest time from enqueue to start",
    "call-rate": "Calls of a task's function",
    "loop-stall": "Longest stall of the event loop",
    "overlap": "Calls whose bodies ran at the same time, at most",
}
_BATCHES = (("", ""), ("-batch", ", 1,000 at a time"))
for _protocol in range(2, 6):
    for _suffix, _words in _BATCHES:
        _TITLES[f"pickle-dumps{_suffix}-{_protocol}"] = f"Pickle results, protocol {_protocol}{_words}"
        _TITLES[f"pickle-loads{_suffix}-{_protocol}"] = f"Unpickle results, protocol {_protocol}{_words}"
_QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
_LATENCIES = {"enqueue": "enqueue", "start": "time from enqueue to start", "call": "call"}
for _name, _quantile in _QUANTILES.items():
    for _verb, _words in _LATENCIES.items():
        _TITLES[f"{_verb}-{_name}"] = f"The {_words} that {_quantile:.1%} stay below"
_RATES = {"pipe-rate", "dispatch-rate", "call-rate", "overlap"}
_COUNTED = {"allocated-bytes", "allocations", "pickle-bytes", "pipe-bytes", "task-copies", "unaccounted", "overlap"}

MEASURES = {
    name: Measure(
        name=name,
        title=title,
        better="more" if name in _RATES else "less",
        counted=name in _COUNTED,
        quantile=_QUANTILES.get(name.rpartition("-")[2]),
    )
    for name, title in _TITLES.items()
}


def measure(name: str, unit: str = "") -> Measure:
    """Return what is known of the measure; one that is not known is better smaller, unless it is a rate."""
    return MEASURES.get(name) or Measure(name=name, title=name, better="more" if unit.endswith("/s") else "less")


def baseline(part: str) -> str:
    """Return the arm that the others of this part are compared with."""
    return BASELINES.get(part, "today")


def placebo(part: str) -> str:
    """Return the arm of this part that is the baseline once more."""
    return f"{baseline(part)}-again"


def order(name: str) -> int:
    """Return the place of the measure in a report; those not known come last."""
    return list(MEASURES).index(name) if name in MEASURES else len(MEASURES)
