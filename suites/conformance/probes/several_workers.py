"""Observes several workers at once: on many tasks, on tasks that are due at one moment, and over a long time."""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.suites.conformance.harness.attempted import Attempted
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, true
from taskgauge.suites.conformance.probes.as_shipped import AsShipped
from taskgauge.suites.conformance.probes.crash_injection import beyond_recovery
from taskgauge.suites.conformance.probes.deferred import now_and, waits_of
from taskgauge.suites.event_log.exactly_once import account

MANY = 500
SEVERAL = 4
"""Number of workers."""
_AT_ONCE = 40
"""Number of tasks that are due at one moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """The tasks that several workers got."""

    long: Run
    """A task that takes longer than its backend's recovery, as far as the backend allows that."""
    seconds: float
    """The duration of `long`."""
    many: Sequence[Run]
    together: Attempted[Sequence[Run]]
    """Tasks that are due at one moment, while all workers are idle except for the one that runs `long`."""
    far: Attempted[Run]
    """A task that is deferred for longer than any claim on a task lasts."""


def observe_several(target: TargetHarness) -> Several:
    """Start several workers and give them these tasks; raise NotApplicable if the target has no worker process."""
    target.workers.stop()
    shipped = AsShipped(target)
    workers = [shipped.launch_worker() for _ in range(SEVERAL)]
    target.workers.await_ready(*workers)
    note, waits = target.tasks().note, waits_of(target)
    deferral = max(beyond_recovery(target), waits.lead)
    far = Attempted(lambda: target.submit(note.using(run_after=now_and(deferral)), invariants=False))
    seconds = min(beyond_recovery(target), target.bound("longest_task", math.inf) * 0.7)
    long = shipped.submit("wait", str(target.project.folder / "never"), seconds)
    with contextlib.suppress(Deviation):
        long.start()
    many = shipped.submit_all("note", MANY)
    with contextlib.suppress(Deviation):
        target.waiter.settle(many)
    due = now_and(waits.lead)
    together = Attempted(lambda: [target.submit(note.using(run_after=due)) for _ in range(_AT_ONCE)])
    with contextlib.suppress(Exception):  # each test reports what it misses
        target.waiter.settle(together.value, more=waits.lead + waits.late)
    with contextlib.suppress(Deviation):
        long.end(seconds + target.waiter.timeout)
    with contextlib.suppress(Exception):
        target.waiter.settle([far.value], more=deferral + waits.late)
    with contextlib.suppress(Deviation):
        for _ in range(SEVERAL):
            target.submit(note).end()
    return Several(long=long, seconds=seconds, many=many, together=together, far=far)


def check_once_each(target: TargetHarness, runs: Sequence[Run]) -> None:
    """Raise Deviation unless the event log has each task once."""
    accounting = account(target.events.lines_of([run.key for run in runs]), len(runs))
    true("tasks that run exactly once", not accounting.faults(), expected=f"all {len(runs)}", seen=accounting.faults())
