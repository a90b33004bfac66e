"""Tells by tasks of its own when a worker is ready that prints nothing, and which queues are served."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from taskgauge.backends.descriptors.worker import WorkerNotReady
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.project import ALIAS, TWO
from taskgauge.suites.conformance.remote_calls.producer_calls import path

_STEP = 1.0
"""Seconds after which another task is enqueued: an earlier one may be held by another worker, or be lost."""
_LOOK = 0.02
_END = 5.0
"""Seconds in which the tasks end that were held until all workers had one."""
_PATIENCE = 10.0
"""Seconds for a worker after the first: it may have to run other tasks before, so it counts as ready then."""
_ALIVE = 5.0
"""Seconds after which a living worker counts as ready if no task can be enqueued."""


class ProbeTasks:
    """Enqueues tasks that no test judges, and finds out which worker runs them."""

    def __init__(self, target: ConfiguredTarget, submitted: SubmittedTasks, events: EventLog) -> None:
        """Take a target; enqueue nothing."""
        self._target = target
        self._submitted = submitted
        self._events = events
        self._are_run = False
        """True once a worker has run one."""

    def await_ready(self, workers: Sequence[TargetWorker], timeout: float) -> None:
        """Wait until each of these processes has begun a task, whose task it may be; raise WorkerNotReady.

        The first worker of a run must begin one within the timeout. A later one counts as ready after a while: the
        tests judge why it runs nothing.
        """
        begin = time.monotonic()
        gate = self._target.project.folder / f"ready-{self._submitted.new_key()}"
        if len(workers) == 1:
            gate.touch()
        keys: list[str] = []
        try:
            waiting = self._hold(workers, gate, keys, begin + (min(timeout, _PATIENCE) if self._are_run else timeout))
        finally:
            gate.touch()
        if waiting and not self._are_run:
            worker = waiting[0]
            raise WorkerNotReady(
                f"the worker has not run a task on the queue {worker.queue!r} within {timeout:g} s: "
                f"{worker.last_lines()}"
            )
        self._are_run = True
        self._until(lambda: all(self._events.of(key, "finished") for key in keys if self._events.of(key)), _END)

    def _hold(
        self, workers: Sequence[TargetWorker], gate: Path, keys: list[str], deadline: float
    ) -> list[TargetWorker]:
        """Enqueue tasks that wait for the gate until each worker holds one; return the workers that hold none."""
        due = 0.0
        waiting = [*workers]
        begin = time.monotonic()
        while waiting and time.monotonic() < deadline:
            if time.monotonic() >= due:
                due = time.monotonic() + _STEP
                try:
                    for queue, alias in {(worker.queue, worker.alias): None for worker in waiting}:
                        keys.append(self.enqueue(queue, alias, str(gate)))
                except Exception:  # a broken enqueue() is judged by the tests
                    if time.monotonic() > begin + _ALIVE:
                        return []
            time.sleep(_LOOK)
            if begun := self._names_since(waiting):
                waiting = [worker for worker in waiting if worker.name not in begun]
                due = 0.0
            for worker in waiting:
                worker.check_runs()
        return waiting

    def _names_since(self, workers: Iterable[TargetWorker]) -> set[str]:
        return {worker.name for worker in workers if self._events.records(event="started", worker=worker.name)}

    def enqueue(self, queue: str, alias: str | None = None, gate: str = "") -> str:
        """Enqueue a task that waits until the file exists; return its key. Raises any error of the backend."""
        key = self._submitted.new_key(invariants=False)
        gate = gate or str(self._target.project.folder)
        if alias not in {None, ALIAS}:
            # This process has settings with one alias.
            call = path("enqueue_probe")
            self._target.run_in_subprocess(call, key, queue, alias, gate, settings=TWO)
            return key
        task: Any = self._target.tasks().wait
        own = task if queue == task.queue_name else task.using(queue_name=queue)
        self._submitted.exclude(own.enqueue(key, gate).id)
        return key

    def unserved(self, queues: Iterable[str], timeout: float) -> set[str]:
        """Return the queues of which no task begins, although one of the queue `default` does within the timeout."""
        begin = time.monotonic()
        try:
            keys = {queue: self.enqueue(queue) for queue in (ALIAS, *queues)}
        except Exception:  # a broken enqueue() is judged by the tests
            return set()
        own = keys.pop(ALIAS)
        if not self._until(lambda: self._events.of(own), timeout):
            return set()
        self._until(lambda: all(map(self._events.of, keys.values())), _PATIENCE + 3 * (time.monotonic() - begin))
        return {queue for queue, key in keys.items() if not self._events.of(key)}

    def _until(self, condition: Callable[[], object], timeout: float) -> object:
        return self._events.wait(condition, timeout, lambda: None)
