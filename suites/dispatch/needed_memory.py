"""Predicts the memory of tasks that are kept, from a small sample of them."""

from taskgauge.suites.dispatch.plan import AtScale
from taskgauge.suites.dispatch.turns import Dispatched, Turns, run_in_turns
from taskgauge.suites.run_control.memory import Need

SAMPLE = 10_000
"""The tasks of a sample: enough that the growth of memory exceeds the reserve of the allocator."""
CHEAP = 50_000
"""Up to this number of tasks there is no sample."""
FIXED_BYTES = 160 * 2**20
"""The memory of a session: an interpreter with Django and all arms, and one worker process like it."""
BYTES_PER_TASK = 3_000
"""An upper bound without a sample, above everything that was measured."""


def need_of(item: AtScale) -> Need:
    """Return the need of all arms, which hold their tasks to the end at the same time."""
    fixed = FIXED_BYTES * len(item.arms)
    if item.tasks <= CHEAP:
        return Need(fixed_bytes=fixed, bytes_per_task=BYTES_PER_TASK * len(item.arms), tasks=item.tasks)
    sampled = run_in_turns(Turns(target=item.target, arms=item.arms, tasks=SAMPLE, turns=1, kind="keep"))
    grown = sum(
        (max(result.resident) - result.resident[0]) / SAMPLE if isinstance(result, Dispatched) else BYTES_PER_TASK
        for result in sampled.values()
    )
    return Need(fixed_bytes=fixed, bytes_per_task=grown, tasks=item.tasks)
