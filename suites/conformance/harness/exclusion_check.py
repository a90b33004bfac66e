"""Checks that each test excludes the tasks that it disturbs from the invariants, so that it fails no other test."""

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

_ENDED_BY_A_TEST = {
    0,
    *(-number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)),
}
"""Exit codes of a worker that a test may have ended; other codes are the worker's own failures."""


class TaskNotExcluded(Exception):
    """A test disturbed a task and did not exclude it from the invariants."""

    def __init__(self, task: str, test: str, reason: str) -> None:
        super().__init__(
            f"{task}{test and f' of {test}'} {reason}, and the invariants would judge it. Enqueue it with "
            "submit(…, invariants=False) or under new_key(invariants=False), or kill workers inside workers.killing()"
        )


@dataclass(frozen=True, slots=True)
class ExclusionCheck:
    """Finds, at the end of each test, disturbed tasks that the test has not excluded, and excludes them."""

    runs: str
    """The value of `runs` in the target's descriptor."""
    events: EventLog
    submitted: SubmittedTasks
    lookups: Lookups
    workers: WorkerControl

    @contextlib.contextmanager
    def of_one_test(self, name: str, *, only_records: bool = False) -> Iterator[None]:
        """Raise TaskNotExcluded if the test that runs inside passes and has not excluded a disturbed task.

        If the test `only_records` behaviour, all tasks that it enqueues itself are excluded. An observation that it
        shares with other tests excludes its own.
        """
        self.submitted.test, self.submitted.only_records = name, only_records
        begin = len(self.events)
        not_excluded: list[tuple[Record, str]] = []
        try:
            yield
        finally:
            self.submitted.only_records = False
            not_excluded += self._not_excluded(begin)
            for record, _ in not_excluded:
                self.submitted.exclude(record["id"], record["key"])
        for record, reason in not_excluded:
            key = str(record["key"])
            raise TaskNotExcluded(f"{record['task']} with the key {key}", self.submitted.tests.get(key, ""), reason)

    def _not_excluded(self, begin: int) -> Iterator[tuple[Record, str]]:
        """Yield the enqueue record of each disturbed task that is not excluded, and how it was disturbed."""
        for record in self._judged_from(begin):
            if not record["own_settings"]:
                yield record, "was enqueued under other settings than the target's own"
            elif self._is_lost_with_its_process(record):
                yield record, "was enqueued by a process that is gone, and tasks live in the process that enqueues them"
        if not _ENDED_BY_A_TEST.isdisjoint(self.workers.exit_codes()):
            for record in filter(self._is_interrupted, self._judged_from(0)):
                yield record, "was running in a worker that the test ended"

    def _judged_from(self, position: int) -> Iterator[Record]:
        """Yield the enqueue record of each task that is not excluded, from a position in the event log on."""
        for record in self.events.since(position):
            is_enqueueing = record["event"] == "signal" and record["signal"] == "task_enqueued" and "id" in record
            if is_enqueueing and not self._is_excluded(str(record["id"]), str(record["key"])):
                yield record

    def _is_excluded(self, result_id: str, key: str) -> bool:
        """Return whether no invariant judges a result; a second id of an accepted task is no result at all."""
        accepted = self.submitted.accepted
        is_second = result_id not in accepted and key in accepted.values()
        return is_second or self.submitted.excludes(result_id, key)

    def _is_lost_with_its_process(self, record: Record) -> bool:
        if self.runs not in {"threads", "processes"} or psutil.pid_exists(record["pid"]):
            return False
        return not (self.events.signals(record["id"], "task_finished") or self.events.of(record["key"], "finished"))

    def _is_interrupted(self, record: Record) -> bool:
        """Return whether a process that has ended began the task, and no process finished it."""
        starts = self.events.of(record["key"], "started")
        if not starts or any(psutil.pid_exists(start["pid"]) for start in starts):
            return False
        ended = self.events.of(record["key"], "finished") or self.lookups.state(str(record["id"])) in FINAL
        return not ended
