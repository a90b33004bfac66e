"""Starts and stops the workers of a target, and excludes the tasks that they cut short from the invariants."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Unpack

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.cut_short import CutShort
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.probe_tasks import ProbeTasks
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.harness.workers import How, Workers
from taskgauge.suites.conformance.outcomes import About, Deviation, Inconclusive, NotApplicable

WORKER_RUNS_ON = "the worker runs on"
"""The subject of the deviation that is raised if the shared worker ends during a wait."""


class WorkerControl:
    """The shared worker, which serves one test after another, and the workers that single tests add."""

    def __init__(
        self, target: ConfiguredTarget, submitted: SubmittedTasks, *, events: EventLog, lookups: Lookups, log: Path
    ) -> None:
        """Start no worker; the output of each worker will go to its own file in the folder `log`."""
        self.is_paused = False
        """True if a test holds back the tasks of a backend that runs them in this process."""
        self._target = target
        self._submitted = submitted
        self._events = events
        self._cut_short = CutShort(events, lookups.history, lookups.state)
        self.probes = ProbeTasks(target, submitted, events)
        self._workers = Workers(target, self.probes, log)

    def check_runs(self) -> None:
        """Raise NotApplicable if the backend never runs a task."""
        if self._target.runs == "never":
            raise NotApplicable("this backend never runs a task")

    def start(self) -> None:
        """Start one worker for all queues, which also serves the tests that follow, or the backend's own workers."""
        self.check_runs()
        if self.is_paused:
            raise Inconclusive("tasks are held back by a test that has not let them go")
        if self._target.runs == "worker":
            worker = self._workers.shared
            if worker is None or worker.ended():
                if worker is not None:
                    worker.kill()
                    self._exclude_cut_short(killed=True)
                self._workers.shared = self.add()
        elif self._target.descriptor.pausable:
            self._target.backend.start()

    def stop(self) -> None:
        """End the shared worker, so that no task runs."""
        self.check_runs()
        worker, self._workers.shared = self._workers.shared, None
        if worker is not None:
            self.end(worker)

    def restart(self) -> None:
        """End the shared worker with its signal, as a supervisor does, and start another; or restart the target's own.

        Raises NotApplicable if the target's workers cannot be restarted.
        """
        self.check_runs()
        if self._target.runs == "worker":
            self.stop()
            self.start()
        elif self._target.descriptor.pausable:
            self._target.backend.stop()
            self._target.backend.start()
        else:
            raise NotApplicable("its workers cannot be restarted")

    def check_shared(self) -> None:
        """Raise Deviation if the shared worker has ended by itself."""
        worker = self._workers.shared
        process = None if worker is None else worker.ended()
        if worker is not None and process is not None:
            self._workers.shared = None
            worker.kill()
            self._exclude_cut_short(killed=True)
            raise Deviation(
                WORKER_RUNS_ON,
                expected="a living worker",
                seen=f"it ended with code {process.wait()}: {process.tail(5)}",
            )

    def add(self, **how: Unpack[How]) -> TargetWorker:
        """Start a worker for one test and wait until it is ready; raise NotApplicable if the target has no such worker.

        The worker is killed at the end of the test at the latest.
        """
        process = self._workers.start(**how)
        self._workers.await_ready(process)
        return process

    def launch(self, **how: Unpack[How]) -> TargetWorker:
        """Start a worker as `add` does, but do not wait until it is ready, so that several can get ready at once."""
        return self._workers.start(**how)

    def await_ready(self, *workers: TargetWorker) -> None:
        """Wait until launched workers are ready; raise Inconclusive if one is not."""
        self._workers.await_ready(*workers)

    def end(self, worker: TargetWorker) -> None:
        """End a worker as a supervisor does, so that it hands its tasks back."""
        self._exclude_cut_short(killed=self._workers.end(worker))

    def end_added(self) -> None:
        """End the workers that tests added, first as a supervisor does."""
        ended, killed = self._workers.end_others()
        if ended:
            self._exclude_cut_short(killed=killed)

    @contextlib.contextmanager
    def killing(self) -> Iterator[None]:
        """Exclude from the invariants all tasks that are submitted or start inside, while a test kills workers.

        Tasks that ended are excluded as well: the killed worker may not have stored their results.
        """
        submitted, started = len(self._submitted.accepted), len(self._events.records(event="started"))
        try:
            yield
        finally:
            self._submitted.exclude(
                *list(self._submitted.accepted)[submitted:],
                *(record["key"] for record in self._events.records(event="started")[started:]),
            )

    def exit_codes(self) -> list[int | None]:
        """Return the exit codes of the workers that have ended, without those that were ended with their test."""
        return self._workers.exit_codes()

    def _exclude_cut_short(self, *, killed: bool) -> None:
        """Exclude from the invariants the tasks that a stopped worker has cut short."""
        self._submitted.exclude(*self._cut_short.of(self._submitted.accepted, killed=killed))

    def close(self) -> None:
        """End every worker; a pausable backend also ends its own threads or processes."""
        if self._target.descriptor.pausable:
            self._target.backend.stop(timeout=10)
        self._workers.kill()

    def tail(self, about: About | None = None) -> str:
        """Return the last output lines of the worker that ran a task, or serves its queue, or was started last."""
        if about is None:
            return self._workers.tail()
        names = [str(record["worker"]) for record in self._events.of(about.key) if "worker" in record]
        return self._workers.tail(name=names[-1] if names else "", queue=about.queue)
