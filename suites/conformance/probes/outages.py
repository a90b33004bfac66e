"""Observes an outage: a target's store fails while another process enqueues and a worker waits for tasks."""

import contextlib
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from asgiref.sync import async_to_sync, sync_to_async

from taskgauge.backends.services import ServiceError, ServiceNotOurs
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable
from taskgauge.suites.conformance.remote_calls import producer_calls as producers

_TIMEOUT = 300.0
"""Seconds in which the other process must end."""
_STEP = 0.02
_SETTLED = 30.0
"""Seconds in which this process must notice that the store is there again."""
_SURE = 3
"""Calls in turn that must work: a pool may have several broken connections."""
_NOTICED = 4.0
"""Seconds of the outage, added to the seconds after which a worker looks for tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The outcome of a call."""

    returned: str = ""
    raised: str = ""
    """The path of the class of the exception."""
    ended: bool = True
    seconds: float

    @classmethod
    def read(cls, outcome: Mapping[str, Any]) -> Self:
        """Return the call from the other process's description."""
        return cls(**outcome)

    def __str__(self) -> str:
        if not self.ended:
            return "waits"
        return f"raises {self.raised}" if self.raised else "returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The outcomes of calls in a process that enqueued before, during and after an outage."""

    key_during: str
    enqueue: Call
    after: Call
    get_result: Call | None = None
    """None if no server failed: then the process's own database refused to write, but could be read."""
    worker: str = ""
    """The state of a worker that was idle during the outage; empty if there was no worker."""


def meet_outage(target: TargetHarness) -> Outage:
    """Let the store fail; raise NotApplicable if there is no store, Inconclusive if Taskgauge must not stop it."""
    store = target.target.store
    if target.runs != "worker" or store is None:
        raise NotApplicable("tasks are kept in the process that enqueues them, where no write can fail")
    # The outage disturbs all three: those before it may be lost, and the last one is the first over new connections.
    keys = [target.submitted.new_key(invariants=False) for _ in range(3)]
    signs = target.project.folder / f"outage-{keys[0]}"
    signs.mkdir()
    if store == "sqlite":
        target.workers.stop()
        call = producers.path("meet_an_outage")
        return _outage(keys, target.run_in_subprocess(call, keys, str(signs), True, timeout=_TIMEOUT))
    if not all(service.is_ours for service in target.services):
        raise Inconclusive("the server was given, and only what Taskgauge started is stopped")
    return _stop_and_start(target, keys, signs)


def _outage(keys: list[str], outcomes: dict[str, Any], worker: str = "") -> Outage:
    get_result = outcomes.get("get_result")
    return Outage(
        key_during=keys[1],
        enqueue=Call.read(outcomes["during"]),
        after=Call.read(outcomes["after"]),
        get_result=None if get_result is None else Call.read(get_result),
        worker=worker,
    )


def _stop_and_start(target: TargetHarness, keys: list[str], signs: Path) -> Outage:
    target.workers.stop()
    worker = target.workers.add()
    with ThreadPoolExecutor(max_workers=1) as pool:
        asked = pool.submit(
            target.run_in_subprocess, producers.path("meet_an_outage"), keys, str(signs), False, timeout=_TIMEOUT
        )
        try:
            _await(signs / "ready", asked)
            target.services.stop()
            (signs / "down").touch()
            _await(signs / "tried", asked)
            # The outage lasts long enough for the worker to look for tasks.
            time.sleep(_NOTICED + target.bound("idle_pick_up", 1.0))
        finally:
            (signs / "down").touch()
            try:
                _start_again(target)
            finally:
                (signs / "up").touch()
        outcomes = asked.result()
    settle(target)
    return _outage(keys, outcomes, worker=_state_of(target, worker, keys[2]))


def _state_of(target: TargetHarness, worker: TargetWorker, key: str) -> str:
    """Return whether the idle worker has ended, or runs a task that comes after the outage, in words."""
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: target.events.of(key, "finished") or not worker.is_alive, "it runs")
    if not worker.is_alive:
        return "has ended"
    return "runs what comes afterwards" if target.events.of(key, "finished") else "runs nothing that comes afterwards"


def settle(target: TargetHarness) -> None:
    """Enqueue and look up until this process does both several times in turn, so that no later test meets the outage.

    After `_SETTLED` seconds, leave what still fails to the tests that come.
    """
    from django.db import connections  # noqa: PLC0415 -- settings first

    end, working = time.monotonic() + _SETTLED, 0
    while working < _SURE and time.monotonic() < end:
        try:
            run = target.submit(target.tasks().note, invariants=False)
            if target.flag("supports_get_result"):
                with contextlib.suppress(target.api.TaskResultDoesNotExist):
                    target.backend.get_result(run.id)
            working += 1
        except Exception:  # a broken connection may raise anything
            working = 0
            connections.close_all()
            time.sleep(_STEP)


def _start_again(target: TargetHarness) -> None:
    try:
        target.services.start()
    except ServiceNotOurs:
        raise
    except ServiceError as error:
        raise Inconclusive(f"the store did not start again: {error}") from error
    from django.db import connections  # noqa: PLC0415 -- settings first

    # The outage has broken this process's connections.
    connections.close_all()
    async_to_sync(sync_to_async(connections.close_all))()


def _await(sign: Path, asked: "Future[Any]") -> None:
    end = time.monotonic() + _TIMEOUT
    while not sign.exists():
        if asked.done() or time.monotonic() > end:
            asked.result(0)
            raise Inconclusive(f"the process that enqueues did not come to {sign.name}")
        time.sleep(_STEP)
