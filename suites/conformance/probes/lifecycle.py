"""Observes a few tasks from READY to their end: what enqueue() returned, and what look-ups said in each state."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.harness.pausing import gate_file, paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.result_facts import facts_of
from taskgauge.suites.conformance.threads import in_a_thread

READY, DEFERRED, RUNNING, SUCCESSFUL, FAILED = "READY", "READY, deferred", "RUNNING", "SUCCESSFUL", "FAILED"
_WAITS = 0.5
"""Seconds for which a task that is held back must be seen READY: a pool may call it RUNNING once it has fetched it."""
ERRAND = "taskgauge.suites.conformance.result_facts:look_up"
_SOON = 10.0
"""Seconds until a task whose first line was reached must be seen RUNNING; it is held there meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLifecycle:
    """A task that ends well, one that fails and, where they are supported, one that is deferred until tomorrow."""

    waited: Run
    failed: Run
    deferred: Run | None
    looks: Mapping[str, Any]
    """By state: the object that a look-up returned, or the exception that it raised."""
    facts: Mapping[str, Mapping[str, str]]
    """By state: what that object said then; under `enqueued` what enqueue() had returned for the first task."""
    elsewhere: Mapping[str, str] | Exception
    """What another process saw while the first task was running; another thread, where the store is in this process."""

    def seen(self, state: str) -> Any:
        """Return what a look-up returned in a state; raise what it raised."""
        return _got(self.looks[state])

    def states(self) -> dict[str, Any]:
        """Return the results by state, exceptions left out."""
        return {state: look for state, look in self.looks.items() if not isinstance(look, Exception)}


def observe_lives(target: TargetHarness) -> ObservedLifecycle:
    """Hold tasks back, let one run and hold it while it does, and see them end."""
    basic = target.tasks()
    deferred = None
    with gate_file(target) as gate:
        with paused(target):
            waited = target.submit(basic.wait, str(gate))
            facts = {"enqueued": facts_of(waited.result)}
            failed = target.submit(basic.fail, "ValueError")
            looks: dict[str, Any] = {}
            if target.flag("supports_defer"):
                deferred = target.submit(basic.note.using(run_after=timezone.now() + timedelta(days=1)))
                facts["enqueued, deferred"] = facts_of(deferred.result)
                looks[DEFERRED] = _try(deferred.look)
            looks[READY] = _try(lambda: _while_it_waits(waited))
            facts |= _facts(looks)
        waited.start()
        looks[RUNNING] = _try(lambda: until_running(waited))
        elsewhere = _try(lambda: look_elsewhere(waited))
        facts |= _facts({RUNNING: looks[RUNNING]})
    looks |= {SUCCESSFUL: _try(waited.outcome), FAILED: _try(failed.outcome)}
    facts |= _facts({state: looks[state] for state in (SUCCESSFUL, FAILED)})
    return ObservedLifecycle(
        waited=waited, failed=failed, deferred=deferred, looks=looks, facts=facts, elsewhere=elsewhere
    )


def _while_it_waits(run: Run) -> Any:
    """Return the result once it has been READY for a while, or as soon as it is not."""
    run.events.wait(lambda: str(run.look().status) != READY, _WAITS, lambda: None)
    return run.look()


def until_running(run: Run) -> Any:
    """Return the result once it is RUNNING, or else the last that was seen; its function must be held meanwhile."""
    seen: list[Any] = []

    def is_running() -> bool:
        seen[:] = [run.look()]
        return str(seen[0].status) == RUNNING

    try:
        run.waiter.wait_for(is_running, "the result is RUNNING", _SOON)
    except Deviation:
        if not seen:
            raise
    return seen[0]


def first_finished(run: Run) -> Any:
    """Look a result up without a pause, and return the first look that says it is finished; raise Deviation if none."""
    patience = run.waiter.timeout
    end = time.monotonic() + patience
    seen: Any = None
    while not getattr(seen, "is_finished", False):
        if time.monotonic() > end:
            told = "no result" if seen is None else seen.status
            raise Deviation("the result is finished", expected=f"within {patience:g} s", seen=told)
        with contextlib.suppress(run.target.api.TaskResultDoesNotExist):
            seen = run.look()
    return seen


def look_elsewhere(run: Run) -> dict[str, str]:
    """Return what a fresh process sees of a result, or another thread where the target keeps results in the process."""
    if run.target.runs == "worker":
        found: dict[str, str] = run.target.run_in_subprocess(ERRAND, run.id)
        return found
    return in_a_thread(lambda: facts_of(run.look()))


def _try(look: Callable[[], Any]) -> Any:
    # One state in which a look-up goes wrong must not hide the others.
    try:
        return look()
    except Exception as error:
        return error


def _got(look: Any) -> Any:
    if isinstance(look, Exception):
        raise look
    return look


def _facts(looks: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {state: facts_of(look) for state, look in looks.items() if not isinstance(look, Exception)}
