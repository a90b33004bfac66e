"""Lets a target's store fail while a process of its own enqueues, and a worker waits for tasks."""

import contextlib
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from asgiref.sync import async_to_sync, sync_to_async

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.backends.services import ServiceError, ServiceNotOurs
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable
from taskgauge.suites.conformance.remote_calls import producer_calls as producers

_LIMIT = 300.0
"""Seconds that the other process may take in all."""
_STEP = 0.02
_NOTICED = 4.0
"""Seconds that the store is down, besides those after which a worker looks for tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What came of one call."""

    returned: str = ""
    raised: str = ""
    """The path of the exception's class."""
    ended: bool = True
    seconds: float

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Take what the other process said of it."""
        return cls(**told)

    def __str__(self) -> str:
        if not self.ended:
            return "waits"
        return f"raises {self.raised}" if self.raised else "returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What a process met that enqueued before, during and after it."""

    key_during: str
    key_after: str
    enqueue: Call
    after: Call
    get_result: Call | None = None
    """None where no server failed: the process's own database refused to write, and can be read."""
    worker: str = ""
    """What became of a worker that had nothing to do meanwhile; empty where there was none."""


def meet_outage(target: TargetHarness) -> Outage:
    """Let the store fail; raise NotApplicable where none can, Inconclusive where this one must not."""
    store = target.target.store
    if target.runs != "worker" or store is None:
        raise NotApplicable("tasks are kept in the process that enqueues them, where no write can fail")
    # What was enqueued when the store failed may be lost with it, also where a worker had it already.
    keys = [target.submitted.new_key(invariants=invariants) for invariants in (False, False, True)]
    signs = target.project.folder / f"outage-{keys[0]}"
    signs.mkdir()
    if store == "sqlite":
        target.workers.stop()
        told = target.run_in_subprocess(producers.path("meet_an_outage"), keys, str(signs), True, timeout=_LIMIT)
        return _outage(keys, told)
    if not all(service.is_ours for service in target.services):
        raise Inconclusive("the server was given, and only what Taskgauge started is stopped")
    return _stop_and_start(target, keys, signs)


def _outage(keys: list[str], told: dict[str, Any], worker: str = "") -> Outage:
    looked = told.get("get_result")
    return Outage(
        key_during=keys[1],
        key_after=keys[2],
        enqueue=Call.read(told["during"]),
        after=Call.read(told["after"]),
        get_result=None if looked is None else Call.read(looked),
        worker=worker,
    )


def _stop_and_start(target: TargetHarness, keys: list[str], signs: Path) -> Outage:
    target.workers.stop()
    worker = target.workers.add()
    with ThreadPoolExecutor(max_workers=1) as pool:
        asked = pool.submit(
            target.run_in_subprocess, producers.path("meet_an_outage"), keys, str(signs), False, timeout=_LIMIT
        )
        try:
            _await(signs / "ready", asked)
            target.services.stop()
            (signs / "down").touch()
            _await(signs / "tried", asked)
            # Long enough for the worker to look for tasks.
            time.sleep(_NOTICED + target.bound("idle_pick_up", 1.0))
        finally:
            (signs / "down").touch()
            try:
                _start_again(target)
            finally:
                (signs / "up").touch()
        told = asked.result()
    return _outage(keys, told, worker=_what_it_does(target, worker, keys[2]))


def _what_it_does(target: TargetHarness, worker: WorkerProcess, key: str) -> str:
    """Return what the worker that had nothing to do does with a task that comes afterwards."""
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: target.events.of(key, "finished") or not worker.is_alive, "it runs")
    if not worker.is_alive:
        return "has ended"
    return "runs what comes afterwards" if target.events.of(key, "finished") else "runs nothing that comes afterwards"


def _start_again(target: TargetHarness) -> None:
    try:
        target.services.start()
    except ServiceNotOurs:
        raise
    except ServiceError as error:
        raise Inconclusive(f"the store did not start again: {error}") from error
    from django.db import connections  # noqa: PLC0415 -- settings first

    # This process has not met the outage; its connections have.
    connections.close_all()
    async_to_sync(sync_to_async(connections.close_all))()


def _await(sign: Path, asked: "Future[Any]") -> None:
    end = time.monotonic() + _LIMIT
    while not sign.exists():
        if asked.done() or time.monotonic() > end:
            asked.result(0)
            raise Inconclusive(f"the process that enqueues did not come to {sign.name}")
        time.sleep(_STEP)
