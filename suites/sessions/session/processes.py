"""The processes of a session: the target's store, its producer and its workers."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.rows import Row
from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.backends.descriptors.worker_command import DEFAULT_QUEUE, Shape
from taskgauge.backends.processes.json_lines import ChildSilent, JsonLinesProcess
from taskgauge.backends.services import Services
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.sessions import errors
from taskgauge.suites.sessions.costs.step_files import stepped_words
from taskgauge.suites.sessions.project import Project
from taskgauge.suites.sessions.session.session_plan import SessionPlan
from taskgauge.suites.sessions.target_set_up import TargetSetUp, runs_in_producer, shape_of

READY = 60.0
"""The seconds until a producer or worker must be ready, and until the first task must have started."""
IN_PRODUCER = 300.0
"""The seconds that a worker's command may take in the producer."""
GRACE = 20.0
"""The seconds from SIGTERM until a worker is killed."""


@dataclass(slots=True)
class SessionProcesses:
    """The store, the producer and the workers of a session; those that are not started yet are None, or not there."""

    plan: SessionPlan
    is_alive: Callable[[], object]
    """A function that is called now and then during a wait."""
    stack: ExitStack
    """The contexts that end with the session."""
    target: Target = field(init=False)
    row: Row = field(init=False)
    services: Services | None = None
    made_project: Project | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The first answer of the producer: its settings, and what its backend declares."""
    workers: list[WorkerProcess] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)
    """The files with the output of workers."""
    worker_begin: int = 0
    """Nanoseconds of the monotonic clock at the start of the first worker's command; 0 before it."""
    worker_end: int = 0
    """The same at the end of the last worker, if all ended by themselves and without an error."""
    _producer: JsonLinesProcess | None = None

    def __post_init__(self) -> None:
        self.target = self.plan.load()
        self.row = self.target.row(self.load.row)

    @property
    def load(self) -> Workload:
        """The workload of the session."""
        return self.plan.workload

    @property
    def project(self) -> Project:
        """The project of the target, which is set up."""
        assert self.made_project is not None  # noqa: S101 -- it was set up
        return self.made_project

    @property
    def poll(self) -> float:
        """The seconds between two looks of an idle worker; 0 if it does not poll."""
        worker = self.target.worker
        return (self.row.poll_interval or worker.poll_interval or 0.0) if worker else 0.0

    @property
    def slots(self) -> int | None:
        """The tasks that run at once, at most; None if that is not known."""
        row, load = self.row, self.load
        if self.target.worker is None:
            return row.concurrency
        return load.workers * (load.processes or row.processes or 1) * (load.concurrency or row.concurrency or 1)

    @property
    def ends_itself(self) -> bool:
        """True if the worker ends when nothing waits."""
        return self.load.row == "chart" and self.target.worker is not None and self.target.worker.drain is not None

    @property
    def has_results(self) -> bool:
        """True if the backend declares get_result()."""
        return bool(self.facts["supports_get_result"])

    def keep(self, made: TargetSetUp) -> None:
        """Keep the services and the project of the target."""
        self.services, self.made_project = made.services, made.project

    def start_producer(self, folder: Path) -> None:
        """Start the producer with its output in a folder, and ask it for the facts about its backend."""
        self._producer = JsonLinesProcess(
            [self.plan.python, "-m", "taskgauge.suites.sessions.producer"],
            environment=self.project.environment,
            folder=self.project.folder,
            output=(folder / "producer.txt").open("w+b"),
            name="the producer",
        )
        self.stack.callback(self._producer.kill)
        floor = self.target.descriptor.backend if self.plan.is_floor else None
        self.facts = self.ask(READY, tasks=self.load.tasks, floor=floor, payload=self.load.payload)

    def ask(self, limit: float, **request: Any) -> Mapping[str, Any]:
        """Send a request to the producer, and return its answer; watch the workers and the store meanwhile."""
        assert self._producer is not None  # noqa: S101 -- it was started
        self._producer.send(request)
        deadline = time.monotonic() + limit
        while True:
            try:
                answer: Mapping[str, Any] = self._producer.receive(1.0)
            except ChildSilent:
                self.is_alive()
                self.check_workers()
                if time.monotonic() > deadline:
                    raise errors.ProducerFailed(f"the producer has not answered within {limit:g} s") from None
                continue
            if error := answer.get("error"):
                raise errors.ProducerFailed(f"the producer says {error}")
            return answer

    def words(self, row: Row | None = None) -> list[str] | None:
        """Return the command of a worker; with `row`, of another row and its own shape."""
        worker = self.target.worker
        if worker is None:
            return None
        if self.load.row == "chart" and row is None:
            queues = [DEFAULT_QUEUE] if worker.queues else None
            return worker.words(python=self.plan.python, row=self.row, drain=self.ends_itself, queues=queues)
        shape = shape_of(self.load) if row is None else Shape()
        return worker.words(python=self.plan.python, row=row or self.row, shape=shape)

    def hold(self) -> None:
        """Keep a backend that runs tasks in the producer from doing so; a worker is not started yet."""
        if self.target.worker is None and self.target.descriptor.pausable:
            self.ask(READY, do="stop")

    def start_workers(self) -> None:
        """Start the workers and wait until they are ready, or let a backend run tasks in the producer."""
        worker = self.target.worker
        if worker is None:
            if self.target.descriptor.pausable:
                self.ask(READY, do="start")
            return
        self.worker_begin = time.monotonic_ns()
        if runs_in_producer(self.target, self.load):
            self.manage(self.words() or (), IN_PRODUCER)
            self.worker_end = time.monotonic_ns()
            return
        for number in range(self.load.workers):
            words = self.words()
            if words is None:
                raise errors.WorkloadRefused("the worker has no words or settings for this shape")
            output = self.project.folder / f"worker-{number}.txt"
            process = WorkerProcess(
                stepped_words(words) if self.load.stepped else words,
                # The chart's words silence most workers.
                ready=None if self.load.row == "chart" else worker.ready,
                environment=self.project.environment,
                output=output,
                folder=self.project.folder,
            )
            self.outputs.append(output)
            self.workers.append(process)
            self.stack.callback(process.kill)
        for process in self.workers:
            process.wait_until_ready(READY)

    def prepare_producer(self) -> None:
        """Prepare a store that only the producer has, because it is in its memory."""
        if runs_in_producer(self.target, self.load):
            for command in self.target.descriptor.prepare:
                self.manage(command, READY)

    def manage(self, command: Sequence[str], limit: float) -> None:
        """Run a command in the producer that otherwise is `python -m django` and words."""
        self.ask(limit, do="command", words=list(command[3:]))

    def await_workers(self) -> None:
        """Wait for the end of workers that end by themselves."""
        if self.ends_itself and self.workers:
            codes = {worker.wait(GRACE) for worker in self.workers}
            self.worker_end = time.monotonic_ns() if codes == {0} else 0

    def stop_workers(self) -> None:
        """End the workers as a supervisor does; from then on their end is no failure."""
        workers, self.workers = self.workers, []
        stop_signal = self.target.worker.stop_signal if self.target.worker is not None else SIGTERM
        for worker in workers:
            worker.signal(stop_signal)
        for worker in workers:
            worker.terminate(GRACE)

    def producer_ids(self) -> list[int]:
        """Return the process id of the producer, if there is one."""
        return [] if self._producer is None else [self._producer.pid]

    def worker_ids(self) -> list[int]:
        """Return the process ids of the workers."""
        return [worker.pid for worker in self.workers]

    def check_workers(self) -> None:
        """Raise WorkerFailed if a worker ended, or ServiceError if its store did."""
        for worker in self.workers:
            if not worker.is_alive:
                if self.ends_itself and worker.wait() == 0:
                    continue  # what it has left is lost, and the event log tells
                self.check_services()
                raise errors.WorkerFailed(
                    f"a worker ended with code {worker.wait()} while tasks waited: {worker.explaining_line()}"
                )

    def check_services(self) -> None:
        """Raise ServiceError if a service of the store ended."""
        if self.services is not None:
            self.services.check()
