"""Holds tasks back for a while: before they start, or inside their function."""

import contextlib
import math
import time
from collections.abc import Iterator
from pathlib import Path

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import NotApplicable

_SAFE_SHARE = 0.7
"""Share of `longest_task` after which the backend may run a task again."""


@contextlib.contextmanager
def paused(target: TargetHarness) -> Iterator[None]:
    """Hold back the tasks that are enqueued inside; they run afterwards, one at a time."""
    target.workers.check_runs()
    if target.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can wait")
    if target.runs == "worker":
        target.workers.stop()
        yield
        target.workers.start()
    elif target.descriptor.pausable:
        target.backend.stop()
        target.workers.is_paused = True
        try:
            yield
        finally:
            target.workers.is_paused = False
            target.backend.start()
    else:
        yield from _occupied(target)


@contextlib.contextmanager
def without_workers(target: TargetHarness) -> Iterator[None]:
    """Run no task inside the block, and start no worker process after it; this costs less than `paused`.

    Raises NotApplicable if tasks run inside enqueue().
    """
    if target.runs == "worker":
        target.workers.stop()
        yield
    elif target.runs == "never":
        yield
    else:
        with paused(target):
            yield


def _occupied(target: TargetHarness) -> Iterator[None]:
    with gate_file(target) as path:
        blockers = [target.submit(target.tasks().wait, str(path)) for _ in range(target.descriptor.parallel)]
        for blocker in blockers:
            blocker.start()
        yield


@contextlib.contextmanager
def gate_file(target: TargetHarness) -> Iterator[Path]:
    """Yield the path of a file that tasks wait for; the file is written at the end, also after an exception.

    If the tasks waited for nearly `longest_task` seconds, the invariants exclude them.
    """
    path = target.project.folder / f"gate-{target.submitted.new_key()}"
    begin = time.time()
    try:
        yield path
    finally:
        path.touch()
        if time.time() - begin > target.bound("longest_task", math.inf) * _SAFE_SHARE:
            target.submitted.exclude(*target.events.names_since(begin))
