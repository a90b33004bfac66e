"""Predicts the time and memory of an item from a small sample of it."""

from dataclasses import dataclass

from taskgauge.suites.dispatch.launch import dispatch
from taskgauge.suites.dispatch.session_config import SessionConfig
from taskgauge.suites.run_control.memory import Need

SAMPLE = 10_000
"""The tasks of a sample: enough that the growth of memory exceeds the reserve of the allocator."""
CHEAP = 50_000
"""Items with up to this number of tasks are not sampled."""
FIXED_BYTES = 160 * 2**20
"""The memory of an interpreter with Django and all arms, and of one worker process like it."""
BYTES_PER_TASK = 3_000
"""An upper bound for items without a sample, above everything that was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The predicted seconds and memory of one item."""

    seconds: float
    """The seconds from the first start to the last finish, without setting up."""
    need: Need


def predict(target: str, arm: str, size: int, *, sample: int = SAMPLE, timeout: float = 60.0) -> Prediction:
    """Dispatch a small sample and scale its time and memory to `size` tasks; raise DispatchError.

    Both grow in proportion to the tasks: every task is held to the end, and every task costs the same.
    """
    count = min(sample, size)
    outcome = dispatch(SessionConfig(target=target, arm=arm, size=count, timeout=timeout)).outcome
    grown = max(0, outcome.resident_peak - outcome.resident_before)
    return Prediction(
        seconds=outcome.span_ns / 1e9 * size / count,
        need=Need(
            fixed_bytes=outcome.resident_before + outcome.workers_peak,
            bytes_per_task=grown / count,
            tasks=size,
        ),
    )


def cheap_need(*sizes: int) -> Need:
    """Return an upper bound for items that are too small to be sampled and run at the same time."""
    return Need(fixed_bytes=FIXED_BYTES * len(sizes), bytes_per_task=BYTES_PER_TASK, tasks=sum(sizes))
