"""Starting and stopping the workers of a target, and excluding from the invariants what they had in hand."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Unpack

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.cut_short import CutShort
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.workers import How, Workers, end
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable

WORKER_RUNS_ON = "the worker runs on"
"""The deviation where the shared worker ended while something was waited for."""


class WorkerControl:
    """The shared worker, which serves one test after another, and the workers that single tests add."""

    def __init__(
        self, target: ConfiguredTarget, submitted: SubmittedTasks, *, events: EventLog, lookups: Lookups, log: Path
    ) -> None:
        """Start no worker; the output of each goes to a file of its own in the folder `log`."""
        self.is_paused = False
        """Whether a test holds back the tasks of a backend that runs them in this process."""
        self._target = target
        self._submitted = submitted
        self._events = events
        self._cut_short = CutShort(events, lookups.history, lookups.state)
        self._workers = Workers(target.target, target.project, log)

    def check_runs(self) -> None:
        """Raise NotApplicable where the backend never runs a task."""
        if self._target.runs == "never":
            raise NotApplicable("this backend never runs a task")

    def start(self) -> None:
        """Let tasks be run: by one worker for all queues, which stays for the tests that follow."""
        self.check_runs()
        if self.is_paused:
            raise Inconclusive("tasks are held back by a test that has not let them go")
        if self._target.runs == "worker":
            worker = self._workers.shared
            if worker is None or not worker.is_alive:
                if worker is not None:
                    self._exclude_cut_short(killed=True)
                self._workers.shared = self.add()
        elif self._target.descriptor.pausable:
            self._target.backend.start()

    def stop(self) -> None:
        """Let no task be run: end the shared worker."""
        self.check_runs()
        worker, self._workers.shared = self._workers.shared, None
        if worker is not None:
            self.end(worker)

    def restart(self) -> None:
        """End the shared worker as a supervisor does, with SIGTERM, and start another; or the target's own workers.

        Raises NotApplicable where nothing can be started anew.
        """
        self.check_runs()
        if self._target.runs == "worker":
            self.stop()
            self.start()
        elif self._target.descriptor.pausable:
            self._target.backend.stop()
            self._target.backend.start()
        else:
            raise NotApplicable("its workers cannot be started anew")

    def check_shared(self) -> None:
        """Raise Deviation if the shared worker has ended by itself."""
        worker = self._workers.shared
        if worker is not None and not worker.is_alive:
            self._workers.shared = None
            self._exclude_cut_short(killed=True)
            raise Deviation(
                WORKER_RUNS_ON, expected="a living worker", seen=f"it ended with code {worker.wait()}: {worker.tail(5)}"
            )

    def add(self, **how: Unpack[How]) -> WorkerProcess:
        """Start a worker for one test, ready when this returns; raise NotApplicable where the target has none such.

        It is killed at the end of the test at the latest.
        """
        process = self._workers.start(**how)
        self._workers.await_ready(process)
        return process

    def launch(self, **how: Unpack[How]) -> WorkerProcess:
        """Do as `add` does, without waiting until the worker is ready: so several can get ready at once."""
        return self._workers.start(**how)

    def await_ready(self, *workers: WorkerProcess) -> None:
        """Wait until launched workers are ready; raise Inconclusive if one is not."""
        self._workers.await_ready(*workers)

    def end(self, worker: WorkerProcess) -> None:
        """End a worker as a supervisor does, so that it hands back what it holds."""
        self._exclude_cut_short(killed=end(worker))

    def end_added(self) -> None:
        """End the workers that tests added: first as a supervisor does."""
        ended, killed = self._workers.end_others()
        if ended:
            self._exclude_cut_short(killed=killed)

    @contextlib.contextmanager
    def killing(self) -> Iterator[None]:
        """Exclude from the invariants all that is submitted, or that starts, inside, where a test kills workers.

        That is also what a killed worker had brought to its end: it may not have stored it.
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
        """Return the exit codes of the workers that have ended, other than those that were ended with their test."""
        return self._workers.exit_codes()

    def _exclude_cut_short(self, *, killed: bool) -> None:
        """Exclude from the invariants what a worker that is gone now has cut short."""
        self._submitted.exclude(*self._cut_short.of(self._submitted.accepted, killed=killed))

    def close(self) -> None:
        """End every worker; a backend that has its own in this process, or below, ends them where it can be told to."""
        if self._target.descriptor.pausable:
            self._target.backend.stop(timeout=10)
        self._workers.kill()

    def tail(self) -> str:
        """Return the last lines of the worker that was started last, where there is one."""
        return self._workers.tail()
