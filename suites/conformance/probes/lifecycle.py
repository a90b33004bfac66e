"""Observes a few tasks from READY to their end: the results of enqueue() and of look-ups in each state."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.harness.pausing import gate_file, paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, exception_of, same
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.result_facts import facts_of
from taskgauge.suites.conformance.threads import in_a_thread

READY, DEFERRED, RUNNING, SUCCESSFUL, FAILED = "READY", "READY, deferred", "RUNNING", "SUCCESSFUL", "FAILED"
_READY_SECONDS = 0.5
"""Seconds for which a held task must be seen READY: a pool may call it RUNNING once it has fetched it."""
_LOOK_UP = "taskgauge.suites.conformance.result_facts:look_up"
_RUNNING_TIMEOUT = 10.0
"""Seconds in which a task must be seen RUNNING after its first line; it is held there meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLifecycle:
    """A task that succeeds, a task that fails and, if supported, a task that is deferred until tomorrow."""

    waited: Run
    failed: Run
    deferred: Run | None
    looks: Mapping[str, Any]
    """The objects that look-ups returned, or the exceptions that they raised, by state."""
    facts: Mapping[str, Mapping[str, str]]
    """The facts of these objects at that time, by state; `enqueued` has those from enqueue() of the first task."""
    elsewhere: Mapping[str, str] | Exception
    """The facts in another process, or another thread if the store is in this process, while the first task ran."""

    def seen(self, state: str) -> Any:
        """Return the object that a look-up returned in a state, or raise the exception that it raised."""
        return _got(self.looks[state])

    def states(self) -> dict[str, Any]:
        """Return the results by state, without exceptions."""
        return {state: look for state, look in self.looks.items() if not isinstance(look, Exception)}


def observe_lifecycle(target: TargetHarness) -> ObservedLifecycle:
    """Hold tasks back, hold one of them while it runs, and let them end; look them up in each state."""
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
    """Return the result once it has been READY for a while, or as soon as it is not READY."""
    run.events.wait(lambda: str(run.look().status) != READY, _READY_SECONDS, lambda: None)
    return run.look()


def until_running(run: Run) -> Any:
    """Return the result once it is RUNNING, else the last result seen; the caller must hold the task meanwhile."""
    seen: list[Any] = []

    def is_running() -> bool:
        seen[:] = [run.look()]
        return str(seen[0].status) == RUNNING

    try:
        run.waiter.wait_for(is_running, f"the result of {run.words} is RUNNING", _RUNNING_TIMEOUT, about=run.about)
    except Deviation:
        if not seen:
            raise
    return seen[0]


def first_finished(run: Run) -> Any:
    """Look a result up without pauses and return the first look-up that is finished; raise Deviation if none is."""
    timeout = run.waiter.timeout
    end = time.monotonic() + timeout
    seen: Any = None
    while not getattr(seen, "is_finished", False):
        if time.monotonic() > end:
            status = "no result" if seen is None else seen.status
            raise Deviation(f"the result of {run.words} is finished", expected=f"within {timeout:g} s", seen=status)
        with contextlib.suppress(run.target.api.TaskResultDoesNotExist):
            seen = run.look()
    return seen


def look_elsewhere(run: Run) -> dict[str, str]:
    """Return the facts of a result in a fresh process, or in another thread if results are kept in this process."""
    if run.target.runs == "worker":
        facts: dict[str, str] = run.target.run_in_subprocess(_LOOK_UP, run.id)
        return facts
    return in_a_thread(lambda: facts_of(run.look()))


def kept(target: TargetHarness, run: Run) -> Run:
    """Wait for the end of a task that runs; RES-02 covers backends that keep results only from their end."""
    if target.runs != "never":
        target.workers.start()
        run.outcome()
    return run


def check_state(target: TargetHarness, state: str) -> None:
    """Raise Deviation or TaskResultDoesNotExist unless a result was found in a state (RES-02).

    Raises NotApplicable for a state that the target does not have.
    """
    lives = target.observe_once(observe_lifecycle)
    if state not in lives.looks:
        raise NotApplicable("tasks cannot be deferred: supports_defer is False")
    looked_up = lives.seen(state)
    run = {DEFERRED: lives.deferred, FAILED: lives.failed}.get(state) or lives.waited
    same(f"the id of a {state} result", looked_up.id, run.result.id)
    if state != RUNNING:  # which RES-15 is about
        same("status", str(looked_up.status), state.partition(",")[0])


def check_another_instance(target: TargetHarness) -> None:
    """Raise Deviation unless another instance in the same thread finds what was enqueued (BCK-07).

    Raises NotApplicable if the instance that enqueued does not find it either.
    """
    from django.conf import settings  # noqa: PLC0415 -- settings first

    run = kept(target, target.submit(target.tasks().note))
    if (trouble := exception_of(run.look)) is not None:
        raise NotApplicable(f"a result is not found where it was enqueued, which other rows are about: {trouble!r}")
    by_hand = type(target.backend)(alias=ALIAS, params=settings.TASKS[ALIAS])
    same("the id that another instance sees", _id_by(lambda: by_hand.get_result(run.id)), run.id)


def check_another_thread(target: TargetHarness) -> None:
    """Raise Deviation unless another thread finds a result (RES-01)."""
    run = kept(target, target.submit(target.tasks().note))
    same("the id that another thread sees", _id_by(lambda: in_a_thread(run.look)), run.result.id)


def check_elsewhere(target: TargetHarness) -> None:
    """Raise Deviation unless a fresh process, or another thread if the store is in this process, finds a result.

    This is what RES-01 is about.
    """
    run = kept(target, target.submit(target.tasks().note))
    same("the id that is seen elsewhere", _id_by(lambda: look_elsewhere(run)["id"]), describe(run.result.id))


def _id_by(look: Callable[[], Any]) -> Any:
    """Return the id, or the result's id, that a look-up gives; raise Deviation for an exception."""
    try:
        seen = look()
    except Exception as error:
        raise Deviation("the look-up", expected="a result", seen=f"{type(error).__name__}: {error}"[:300]) from error
    return getattr(seen, "id", seen)


def _try(look: Callable[[], Any]) -> Any:
    # A failed look-up in one state must not hide the other states.
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
