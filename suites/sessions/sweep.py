"""The sweep of a worker's shape: processes times tasks at once, and tasks in advance, up to the knee."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from taskgauge.backends.descriptors.reader import Target
from taskgauge.reports.run_folder.traces import Workload

TOTALS = (1, 2, 4, 8, 16)
"""The tasks at once of all workers together."""
READ_AHEAD = (1, 4, 16, 64)
"""The tasks in advance for each task at once."""
GAIN = 1.05
"""The ratio by which twice as many tasks at once must be faster; the total before is the knee."""


def says(target: Target, key: str) -> bool:
    """Return True if the target's worker has words or settings for `processes`, `concurrency` or `read_ahead`."""
    worker = target.worker
    return worker is not None and (getattr(worker, key) is not None or key in worker.shape_settings)


def shapes(base: Workload, target: Target, total: int) -> Iterator[Workload]:
    """Yield the workloads in which all workers together run so many tasks at once."""
    for concurrency in range(1, total + 1):
        workers, rest = divmod(total, concurrency)
        if not rest and (concurrency == 1 or says(target, "concurrency")):
            yield replace(
                base,
                workers=workers,
                concurrency=concurrency,
                processes=1 if says(target, "processes") else None,
            )


def walk(base: Workload, target: Target) -> Generator[Workload, float | None]:
    """Yield one workload after another; each answer is its rate, or None without one.

    It ends after the knee of the totals, and then after the knee of the tasks in advance at the best shape.
    """
    best: tuple[float, Workload] | None = None
    for total in TOTALS:
        rates: list[tuple[float, Workload]] = []
        for load in shapes(base, target, total):
            rate = yield load
            rates += [] if rate is None else [(rate, load)]
        top = max(rates, key=lambda pair: pair[0], default=None)
        if top is None or (best is not None and top[0] < GAIN * best[0]):
            break
        best = top
    if best is None or not says(target, "read_ahead"):
        return
    before = 0.0
    for read_ahead in READ_AHEAD:
        rate = yield replace(best[1], read_ahead=read_ahead)
        if rate is None or rate < GAIN * before:
            return
        before = rate
