"""Observes a task that fails and is retried, if the descriptor says how retries are turned on."""

import contextlib
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, seen_through, true
from taskgauge.suites.conformance.probes.context_seen import observe_context
from taskgauge.suites.conformance.project import ONE, RETRIES, SECOND_QUEUE

_MODULE = "taskgauge_retried"
_SOURCE = '''"""Tasks that are retried."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.failures import attempt

{options}


@task(takes_context=True, **OPTIONS)
def retried(context, key, failures, folder):
    return attempt(context, key, failures, folder)
'''
_ENQUEUE = f"{__name__}:enqueue"
_SERVED = (SECOND_QUEUE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """A task that failed in all attempts except the last."""

    run: Run
    executions: list[Record]
    result: Any
    """The result at the end; None if results cannot be looked up."""
    between: Any
    """The result when it was READY between two attempts; None if that was not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A task that is retried in a queue and with a priority of its own."""

    changes: dict[str, Any]
    """The arguments of its using()."""
    retried: Retried
    elsewhere: bool
    """True if the worker of its queue left a further attempt to a worker for all queues."""
    plain: dict[str, Any]
    """The same fields of a task that ran once, as get_result() gives them at its end; empty without results."""


def observe_retries(target: TargetHarness) -> Retried:
    """Enqueue a task that needs all attempts, and watch it until its end.

    Raises NotApplicable if the descriptor does not say how tasks are retried.
    """
    retries = _prepare(target)
    with _retrying(target, _settings(target)) as settings:
        run = _enqueue(target, settings, retries.attempts - 1, {})
        return _watch(target, run, retries.attempts, retries.within + target.waiter.timeout)


def observe_kept(target: TargetHarness) -> Kept:
    """Retry a task in the queue `second`, with a priority if that is supported, while a worker serves only that queue.

    Raises NotApplicable if no task is retried, or if there is no queue `second`.
    """
    retries = _prepare(target)
    if target.backend.queues and SECOND_QUEUE not in target.backend.queues:
        raise NotApplicable(f"the settings have no queue {SECOND_QUEUE!r}")
    try:
        target.observe_once(observe_retries)
    except Deviation as deviation:
        raise NotApplicable(f"no task is retried as described: {deviation}") from deviation
    changes = {"queue_name": SECOND_QUEUE, **({"priority": 7} if target.flag("supports_priority") else {})}
    elsewhere = False
    with _retrying(target, _settings(target), _SERVED if target.runs == "worker" else None) as settings:
        run = _enqueue(target, settings, retries.attempts - 1, changes)
        try:
            retried = _watch(target, run, retries.attempts, retries.within + target.waiter.timeout)
        except Deviation:
            if target.runs != "worker":
                raise
            elsewhere = len(run.starts()) < retries.attempts
            target.workers.add(settings=_settings(target))
            retried = _watch(target, run, retries.attempts, retries.within + target.waiter.timeout)
    target.workers.start()
    plain = target.submit(target.tasks().note.using(**changes))
    looked_up = plain.outcome().task if target.flag("supports_get_result") else None
    fields = {} if looked_up is None else {name: getattr(looked_up, name) for name in changes}
    return Kept(changes=changes, retried=retried, elsewhere=elsewhere, plain=fields)


def _prepare(target: TargetHarness) -> Any:
    """Write the module with the task; return the descriptor's table about retries."""
    retries = target.descriptor.retries
    if retries is None:
        raise NotApplicable("this target's descriptor does not say how a task is run again")
    if reason := retries.missing():
        raise NotApplicable(f"tasks cannot be run again here: {reason}")
    if target.runs in {"inside", "never"}:
        raise NotApplicable("tasks are run inside enqueue(), once, or never")
    options = "OPTIONS = {}" if retries.task is None else f"from {Path(retries.task).stem} import OPTIONS"
    (target.project.folder / f"{_MODULE}.py").write_text(_SOURCE.format(options=options), encoding="utf-8")
    importlib.invalidate_caches()
    return retries


def _settings(target: TargetHarness) -> str:
    retries = target.descriptor.retries
    return ONE if retries is None or retries.settings is None else RETRIES


@contextlib.contextmanager
def _retrying(target: TargetHarness, settings: str, queues: Sequence[str] | None = None) -> Iterator[str]:
    """Make workers, of all queues or of these, run tasks under these settings; yield the settings for enqueueing."""
    if settings == ONE and queues is None:
        target.workers.start()
        yield ONE
    elif target.runs == "worker":
        target.workers.stop()
        try:
            target.workers.add(settings=settings, queues=queues)
        except NotApplicable:
            target.workers.add(settings=settings)
        yield settings
        target.workers.end_added()
    else:
        from django.test import override_settings  # noqa: PLC0415 -- settings first

        with override_settings(TASKS=importlib.import_module(settings).TASKS):
            yield ONE


def _enqueue(target: TargetHarness, settings: str, failures: int, changes: dict[str, Any]) -> Run:
    key = target.submitted.new_key(invariants=False)
    folder = target.project.folder / "attempts"
    folder.mkdir(exist_ok=True)
    if settings == ONE:
        return target.submitter.accept(key, _task().using(**changes).enqueue(key, failures, str(folder)))
    result_id = target.run_in_subprocess(_ENQUEUE, key, failures, str(folder), changes, settings=settings)
    return target.submitter.accept(key, _Accepted(id=result_id))


def _watch(target: TargetHarness, run: Run, attempts: int, timeout: float) -> Retried:
    has_results = target.flag("supports_get_result")
    between: list[Any] = []

    def is_over() -> bool:
        if not has_results:
            return len(run.starts()) >= attempts
        try:
            result = run.look()
        except target.api.TaskResultDoesNotExist:  # RES-02 checks this
            return False
        if str(result.status) == "READY" and run.starts():
            between[:] = [result]
        return bool(result.is_finished)

    run.waiter.wait_for(is_over, "the last attempt is over", timeout, seen=lambda: f"{len(run.starts())} executions")
    with seen_through("CTX-01", lambda: target.observe_once(observe_context)):
        true("first line of a task that takes its context", run.starts(), expected="reached", seen="not reached")
    return Retried(
        run=run,
        executions=run.starts(),
        result=run.look() if has_results else None,
        between=between[0] if between else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """The known part of a result that another process got."""

    id: str


def _task() -> Any:
    return importlib.import_module(_MODULE).retried


def enqueue(key: str, failures: int, folder: str, changes: dict[str, Any]) -> str:
    """Enqueue the task and return the id of its result; called in another process."""
    return str(_task().using(**changes).enqueue(key, failures, folder).id)
