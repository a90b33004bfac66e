"""What an item will need, predicted from small samples of it."""

from dataclasses import dataclass

from taskgauge.suites.dispatch.launch import dispatch
from taskgauge.suites.dispatch.session_config import SessionConfig
from taskgauge.suites.run_control.memory import Need

SAMPLE = 10_000
"""Tasks; enough that the growth of memory stands out of what the allocator keeps in reserve."""
CHEAP = 50_000
"""Items up to this size are not worth a sample."""
FIXED_BYTES = 160 * 2**20
"""Of an interpreter with Django and all arms, and one worker process like it."""
BYTES_PER_TASK = 3_000
"""Above everything that was seen, for where no sample is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Seconds and memory of one item."""

    seconds: float
    """From the first start to the last finish; setting up comes on top."""
    need: Need


def predict(target: str, arm: str, size: int, *, sample: int = SAMPLE, patience: float = 60.0) -> Prediction:
    """Dispatch a small sample and extend it to `size`; raise DispatchError.

    Time and memory both grow in proportion: every task is held to the end, and costs the same as the one before.
    """
    count = min(sample, size)
    outcome = dispatch(SessionConfig(target=target, arm=arm, size=count, patience=patience)).outcome
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
    """Return an upper bound for items that are too small to be sampled, and all alive at once."""
    return Need(fixed_bytes=FIXED_BYTES * len(sizes), bytes_per_task=BYTES_PER_TASK, tasks=sum(sizes))
