"""The object that tests get: the target under test, with its workers, submissions, look-ups and records."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.exclusion_check import ExclusionCheck
from taskgauge.suites.conformance.harness.lookups import Lookups
from taskgauge.suites.conformance.harness.recorder import Recorder
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.harness.submitter import Submitter
from taskgauge.suites.conformance.harness.waiter import Waiter
from taskgauge.suites.conformance.harness.worker_control import WorkerControl
from taskgauge.suites.conformance.project import ALIAS, Project


class TargetHarness(ConfiguredTarget):
    """A configured target with its event log, its workers, its submitted tasks, and its observations."""

    def __init__(self, target: Target, project: Project, services: Any, log: Path) -> None:
        """Take a target whose settings this process uses; start no worker."""
        super().__init__(target, project)
        self.services = services
        self.events = EventLog(project.event_log)
        self.submitted = SubmittedTasks()
        self.lookups = Lookups(self, self.submitted, self.events)
        self.workers = WorkerControl(self, self.submitted, events=self.events, lookups=self.lookups, log=log)
        self.waiter = Waiter(self, self.events, self.workers.check_shared)
        self.submitter = Submitter(self, self.submitted, self.events, self.lookups, self.waiter)
        self.submit = self.submitter.submit
        self.exclusion_check = ExclusionCheck(self.runs, self.events, self.submitted, self.lookups, self.workers)
        self.recorder = Recorder()
        self.answer = self.recorder.answer
        self._observed: dict[Any, tuple[Any, Exception | None]] = {}

    def start_first_worker(self) -> None:
        """Start a worker and end it again; find out which queues nobody serves. Raises Inconclusive."""
        worker = self.target.worker
        others = self.queues() - {ALIAS}
        if worker is not None and worker.serves is not None:
            reason = f"the descriptor says serves = {json.dumps(worker.serves)}"
            self.unserved = dict.fromkeys(others - {*worker.serves}, reason)
        self.workers.add()
        if worker is not None and not worker.names_queues:
            reason = f"a task waited there while one of the queue {ALIAS!r} ran, and [worker] has no words for queues"
            self.unserved = dict.fromkeys(self.workers.probes.unserved(others, self.waiter.timeout), reason)
        self.workers.end_added()

    def observe_once[Observed](self, observe: Callable[..., Observed], *args: Any) -> Observed:
        """Return what a function observes of this target, for all tests that need it; call the function only once.

        An exception of the function is raised in each of these tests.
        """
        key = (observe, *args)
        if key not in self._observed:
            try:
                with self.submitted.shared():
                    self._observed[key] = (observe(self, *args), None)
            except Exception as error:  # raised in each test that needs the observation
                self._observed[key] = (None, error)
        value, trouble = self._observed[key]
        if trouble is not None:
            raise trouble
        observed: Observed = value
        return observed
