"""Signals a worker while it claims a task: the store has let it have the task, and the answer is on its way."""

import time

from taskgauge.backends.services.distance import Latency
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import NotApplicable, true
from taskgauge.suites.conformance.probes.distance import distant_worker

COMMITTED = "once the store says RUNNING"
ENQUEUED = "once the task is enqueued"
AIMS = (COMMITTED, ENQUEUED)
"""The moments of the signal; from either moment, what the store sends needs `ONE_WAY` seconds to reach the worker."""
ONE_WAY = 0.4
"""Seconds of latency; a look-up by the producer takes less, even on a busy machine."""
_RUNNING = "RUNNING"


def signal_claiming(target: TargetHarness, aim: str, number: int) -> Run:
    """Send a signal to a distant worker that claims a task, and wait for the worker's end; return the task.

    Raises NotApplicable if the store is no server or does not say RUNNING before the task begins, and Deviation if the
    worker does not end.
    """
    latency = Latency(seconds=0.0)
    with distant_worker(target, latency) as worker:
        # The worker opens its connections now, and then waits for tasks.
        target.submit(target.tasks().note, invariants=False).end_told()
        latency.seconds = ONE_WAY
        try:
            run = target.submit(target.tasks().note, invariants=False)
            if aim == COMMITTED:
                _await_claim(run)
            worker.signal(number)
            time.sleep(2 * ONE_WAY)
        finally:
            latency.seconds = 0.0
        code = worker.wait(target.waiter.timeout)
        true("the worker ends", code is not None, seen=f"it still runs {target.waiter.timeout:g} s later")
    return run


def _await_claim(run: Run) -> None:
    run.look()  # raises NotApplicable if results cannot be looked up
    run.waiter.wait_for(lambda: run.status() == _RUNNING or run.starts() or run.has_ended(), "the task is claimed")
    if run.starts() or run.has_ended():
        raise NotApplicable("the store does not say RUNNING before the task has begun")
