"""Observes tasks that fail, with ordinary exceptions and with those that may end or stop the worker."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.harness.endings import ending_of
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.worker_control import WORKER_RUNS_ON
from taskgauge.suites.conformance.outcomes import Deviation, same

ORDINARY = ("ValueError", "ProjectError", "Nested", "local", "with cause", "in an exception", "lock", "lambda")
_END_TIMEOUT = 20.0
"""Seconds to wait for a task that may never end."""
_AFTERWARDS = 2.0
"""Seconds after the next task's end in which the end of the task before must be stored."""


def observe_failures(target: TargetHarness) -> Mapping[str, Run]:
    """Enqueue a task for each ordinary kind of exception."""
    return {kind: target.submit(target.tasks().fail, kind) for kind in ORDINARY}


def check_recorded_class(target: TargetHarness) -> None:
    """Raise Deviation unless the class of a plain exception is recorded (ERR-02)."""
    errors = ending_of(target.observe_once(observe_failures)["ValueError"]).errors
    same("class of a ValueError", errors[-1:], ["builtins.ValueError"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The outcomes of a task, of its worker, and of a task that was enqueued after it."""

    id: str | None
    """The id of the result; None if there is no sign that the task was accepted."""
    to_caller: str
    """The class of the exception that enqueue() raised."""
    executions: int
    status: str
    """The last known status; empty if it is not known."""
    worker: str
    """The event that happened to the worker; empty if it runs on."""
    next_ran: bool

    @property
    def ran(self) -> str:
        """The number of executions in words."""
        return {0: "not run", 1: "run once"}.get(self.executions, f"run {self.executions} times")


def observe_exception(target: TargetHarness, kind: str) -> Ending:
    """Run a task that raises this kind of exception, and return its outcome."""
    harmless = target.project.folder / f"harmless-{target.submitted.new_key()}"
    task = target.tasks("failures").fail_until
    try:
        return _observe(target, lambda key: task.enqueue(key, kind, str(harmless)))
    finally:
        harmless.touch()


def observe_receiver(target: TargetHarness, when: str) -> Ending:
    """Run a task for which the receiver of this signal raises, and return its outcome."""
    task = target.tasks("received").raises_in_receivers
    return _observe(target, lambda key: task.enqueue(key, when=when))


def _observe(target: TargetHarness, enqueue: Callable[[str], Any]) -> Ending:
    target.workers.start()
    key = target.submitted.new_key(invariants=False)
    result: Any = None
    to_caller = ""
    try:
        result = enqueue(key)
    except BaseException as error:  # also a KeyboardInterrupt that a task raised
        to_caller = type(error).__name__
    result_id = _id(target, key, result)
    since, following = time.monotonic(), target.submit(target.tasks().note)
    worker = _wait(
        target,
        lambda: _is_over(target, result_id) or _has_gone_on(following),
        min(_END_TIMEOUT, target.waiter.timeout),
        sign=True,
    )
    if _has_overtaken(following, key) or _is_over(target, result_id):
        since = time.monotonic()
    if _has_overtaken(following, key):
        following = target.submit(target.tasks().note)
    worker = worker or _wait(target, following.ends, since=since)
    next_ran = not worker and bool(following.ends())
    if not next_ran:
        target.workers.stop()
    return Ending(
        id=result_id,
        to_caller=to_caller,
        executions=len(target.events.of(key, "started")),
        status=_status(target, result_id, result),
        worker=worker,
        next_ran=next_ran,
    )


def _id(target: TargetHarness, key: str, result: Any) -> str | None:
    if result is not None:
        return str(result.id)
    signals = target.events.records(key=key, event="signal")
    return str(signals[0]["id"]) if signals else None


def _wait(
    target: TargetHarness,
    condition: Callable[[], Any],
    timeout: float | None = None,
    *,
    since: float | None = None,
    sign: bool = False,
) -> str:
    """Wait for the condition; return the event that happened to the worker, or an empty text if it runs on."""
    try:
        target.waiter.wait_for(condition, "it is over", timeout, since=since, sign=sign)
    except Deviation as deviation:
        return deviation.seen if deviation.what == WORKER_RUNS_ON else ""
    return ""


def _has_overtaken(following: Run, key: str) -> bool:
    starts, own = following.starts(), following.events.of(key, "started")
    return bool(starts) and (not own or starts[0]["at"] < own[-1]["at"])


def _has_gone_on(following: Run) -> bool:
    """Return True if the next task ended some seconds ago, and nothing else will show the end of the task before it.

    A pool of this process runs no task again; other targets may send no signal of an end.
    """
    is_last_sign = following.target.runs != "worker" or following.waiter.sees_no_signal_of_an_end
    ends = following.ends() if is_last_sign else []
    return bool(ends) and time.time() - ends[0]["wall"] > _AFTERWARDS


def _is_over(target: TargetHarness, result_id: str | None) -> bool:
    if result_id is None or target.runs == "inside":
        return True
    if target.flag("supports_get_result"):
        return _status(target, result_id, None) in FINAL
    return bool(target.events.signals(result_id, "task_finished"))


def _status(target: TargetHarness, result_id: str | None, result: Any) -> str:
    if result_id is not None and target.flag("supports_get_result"):
        try:
            return str(target.lookups.get_result(result_id).status)
        except target.api.TaskResultDoesNotExist as error:  # RES-02 checks this
            return type(error).__name__
    if target.runs == "inside":
        return "" if result is None else str(result.status)
    finished = [] if result_id is None else target.events.signals(result_id, "task_finished")
    return str(finished[-1]["status"]) if finished else ""
