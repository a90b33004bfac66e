"""The check that each test excludes from the invariants the tasks that it disturbs, so that it fails no other test."""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.worker_control import WorkerControl

_ENDED_BY_A_TEST = {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}
"""Exit codes of a worker that a test, and no fault of its own, may have ended."""


class TaskNotExcluded(Exception):
    """A test disturbed a task, and did not exclude it from the invariants."""

    def __init__(self, task: str, test: str, reason: str) -> None:
        super().__init__(
            f"{task}{test and f' of {test}'} {reason}, and the invariants would judge it: enqueue it with "
            "submit(…, invariants=False) or under new_key(invariants=False), or kill workers inside workers.killing()"
        )


@dataclass(frozen=True, slots=True)
class ExclusionCheck:
    """Looks, at the end of each test, for disturbed tasks that are not excluded, and excludes them itself."""

    runs: str
    """How the target's tasks run, as its descriptor says."""
    events: EventLog
    submitted: SubmittedTasks
    lookups: Lookups
    workers: WorkerControl

    @contextlib.contextmanager
    def of_one_test(self, name: str) -> Iterator[None]:
        """Raise TaskNotExcluded if the test that runs inside passes and has forgotten a task."""
        self.submitted.test = name
        begin = len(self.events)
        forgotten: list[tuple[Record, str]] = []
        try:
            yield
        finally:
            forgotten += self._forgotten(begin)
            for record, _ in forgotten:
                self.submitted.exclude(record["id"], record["key"])
        for record, reason in forgotten:
            key = str(record["key"])
            raise TaskNotExcluded(f"{record['task']} with the key {key}", self.submitted.tests.get(key, ""), reason)

    def _forgotten(self, begin: int) -> Iterator[tuple[Record, str]]:
        """Yield the record of each forgotten task's enqueueing, and how the task was disturbed."""
        for record in self._judged_from(begin):
            if not record["own_settings"]:
                yield record, "was enqueued under other settings than the target's own"
            elif self._is_lost_with_its_process(record):
                yield record, "was enqueued by a process that is gone, and tasks live in the process that enqueues them"
        if not _ENDED_BY_A_TEST.isdisjoint(self.workers.exit_codes()):
            for record in filter(self._is_interrupted, self._judged_from(0)):
                yield record, "was running in a worker that the test ended"

    def _judged_from(self, position: int) -> Iterator[Record]:
        """Yield the record of each enqueueing from a position in the event log on, if its task is not excluded."""
        for record in self.events.since(position):
            is_enqueueing = record["event"] == "signal" and record["signal"] == "task_enqueued" and "id" in record
            if is_enqueueing and not self.submitted.excludes(str(record["id"]), str(record["key"])):
                yield record

    def _is_lost_with_its_process(self, record: Record) -> bool:
        if self.runs not in {"threads", "processes"} or psutil.pid_exists(record["pid"]):
            return False
        return not self.events.signals(record["id"], "task_finished")

    def _is_interrupted(self, record: Record) -> bool:
        """Return whether a process that is gone began the task, and nobody brought it to its end."""
        starts = self.events.of(record["key"], "started")
        if not starts or any(psutil.pid_exists(start["pid"]) for start in starts):
            return False
        ended = self.events.of(record["key"], "finished") or self.lookups.state(str(record["id"])) in FINAL
        return not ended
