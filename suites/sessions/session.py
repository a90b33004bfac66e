"""One session: starts a target's store, producer and workers, sends the workload, and returns the trace."""

import importlib.metadata
import platform
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGTERM
from typing import Any

from taskgauge.backends.descriptors.errors import DescriptorError
from taskgauge.backends.descriptors.reader import CATALOG, Target, load_target
from taskgauge.backends.descriptors.rows import Row
from taskgauge.backends.descriptors.worker import PreparationFailed as StoreNotPrepared
from taskgauge.backends.descriptors.worker import WorkerNotReady, WorkerProcess
from taskgauge.backends.descriptors.worker_command import Shape
from taskgauge.backends.processes.json_lines import ChildFailed, ChildSilent, JsonLinesProcess
from taskgauge.backends.services import ServiceError, Services
from taskgauge.backends.services.distance import Latency, distant
from taskgauge.reports.run_folder.traces import Ending, Header, Mark, MemoryNote, Trace, Workload, empty_times
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import account
from taskgauge.suites.event_log.watch import EventLogWatch
from taskgauge.suites.sessions import errors
from taskgauge.suites.sessions.ceilings import before_and_after, ceilings
from taskgauge.suites.sessions.contract import contract_of
from taskgauge.suites.sessions.costs.phases import Gate, PhaseMeter
from taskgauge.suites.sessions.costs.step_files import step_phases, stepped_words
from taskgauge.suites.sessions.costs.variables import STEPS
from taskgauge.suites.sessions.growth import Growth
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED
from taskgauge.suites.sessions.project import Project
from taskgauge.suites.sessions.resolved_settings import differences, with_placeholders
from taskgauge.suites.sessions.target_set_up import Arrangement, TargetSetUp, set_up, shape_of
from taskgauge.suites.sessions.usage import UsageSampler
from taskgauge.suites.sessions.worker_memory import memory_log
from taskgauge.suites.sessions.worker_memory.connections import ConnectionSampler
from taskgauge.suites.sessions.worker_memory.memory_notes import read_notes

WARM_UP = 20
"""The tasks for each worker that run before the measured tasks, so that imports and connections are not measured."""
READY = 60.0
"""The seconds until a producer or worker must be ready, and until the first task must have started."""
QUIET = 10.0
"""The seconds, with three poll intervals, in which idle workers must start a waiting task."""
LINGER = 1.0
"""The seconds, with a poll interval, in which the event log must stay as it is after the last task."""
ENQUEUE_LIMIT = 600.0
"""The seconds that a producer may take for its tasks."""
GRACE = 20.0
"""The seconds from SIGTERM until a worker is killed."""
CHECKED = 500
"""The number of results, spread over all tasks, that are looked up after a session."""
LOOKED_UP = 50
"""The results that are looked up in a session that counts."""
_LOOK_SECONDS = 0.05
_GATE_SECONDS = 0.001
_MEMORY = "memory_log"
"""The file in a session's folder into which tasks note the memory of their process."""
_STATES_LIMIT = 60.0
_FINAL_SECONDS = 10.0
"""The seconds in which the results of finished tasks must become final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """The plan of one session."""

    part: str
    target: str
    repetition: int
    workload: Workload
    catalog: Path = CATALOG
    is_floor: bool = False
    python: str = sys.executable
    """The interpreter of the environment in which the target is installed."""
    seed: int = 0

    def load(self) -> Target:
        """Return the target. Raises TargetUnknown, DescriptorError."""
        return load_target(self.target, self.catalog)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The outcome of a session: its trace, and the error that cut it short."""

    trace: Trace
    error: errors.SessionError | None = None


def run_session(
    plan: SessionPlan,
    keep: Callable[[Trace], object] = lambda _: None,
    is_alive: Callable[[], object] = lambda: None,
) -> Session:
    """Run a session in processes of its own, and pass its trace to `keep`, however it ends.

    It calls `is_alive` now and then while it waits for its producer. An error that cuts it short is part of the
    outcome. KeyboardInterrupt passes through, after the trace is kept.
    """
    running = _Running(plan, is_alive)
    ending: Ending = "interrupted"
    reason = ""
    error: errors.SessionError | None = None
    try:
        with ExitStack() as stack:
            try:
                ending = running.run(stack)
            except (ChildFailed, WorkerNotReady, StoreNotPrepared, ServiceError, DescriptorError) as failure:
                ending, error = "failed", running.as_session_error(failure)
            except errors.WorkloadRefused as failure:
                ending, reason = "refused", str(failure)
            except errors.SessionError as failure:
                ending, error = "failed", running.as_session_error(failure)
            finally:
                trace = running.trace(ending, reason if error is None else str(error))
                keep(trace)
    finally:
        running.close()
    return Session(trace=trace, error=error)


@dataclass(slots=True)
class _Running:
    """A session while it runs."""

    plan: SessionPlan
    is_alive: Callable[[], object]
    target: Target = field(init=False)
    _begin: int = field(default_factory=time.monotonic_ns)
    _project: Project | None = None
    _services: Services | None = None
    _producer: JsonLinesProcess | None = None
    _facts: Mapping[str, Any] = field(default_factory=dict)
    _workers: list[WorkerProcess] = field(default_factory=list)
    _outputs: list[Path] = field(default_factory=list)
    _watch: EventLogWatch | None = None
    _usage: UsageSampler | None = None
    _ceilings_before: dict[str, float] = field(default_factory=dict)
    _ceilings_after: dict[str, float] = field(default_factory=dict)
    _enqueued: Mapping[str, Any] = field(default_factory=dict)
    """The answer of the producer that enqueued in a closed loop."""
    _meter: PhaseMeter | None = None
    _gate: Gate | None = None
    _steps: Path | None = None
    _latency: Latency = field(default_factory=lambda: Latency(seconds=0.0))
    _marks: list[Mark] = field(default_factory=list)
    _connections: ConnectionSampler | None = None
    _states: dict[str, int] = field(default_factory=dict)
    _states_of_left: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.target = self.plan.load()

    @property
    def _load(self) -> Workload:
        return self.plan.workload

    @property
    def _poll(self) -> float:
        worker = self.target.worker
        return (self._row.poll_interval or worker.poll_interval or 0.0) if worker else 0.0

    @property
    def _row(self) -> Row:
        return self.target.row(self._load.row)

    def run(self, stack: ExitStack) -> Ending:
        """Run the workload, and return how it ended; raise the error of the step that fails."""
        self._set_up(stack)
        self._check_support()
        match self._load.arrival:
            case "backlog":
                self._hold()
                self._warm_up()
                count = self._enqueue_counted() if self._load.counted else self._enqueue()
                self._await_due()
                self._ceilings_before = self._measure_ceilings()
                self._latency.seconds = self._load.distance / 1_000
                if self._gate is not None:
                    self._gate.hold()
                self._start_workers(stack)
                self._count_run(count)
                ending = self._until_over(count)
            case "burst":
                self._ceilings_before = self._measure_ceilings()
                self._start_workers(stack)
                self._warm_up()
                self._await_warm_up()
                ending = self._until_over(self._enqueue())
            case "waiting" | "retained":
                self._hold()
                self._warm_up()
                self._grow(stack)
                ending = "box"
            case "calls":
                self._hold()
                self._try_payload()
                self._warm_up()
                self._call_in_box()
                ending = "enqueued"
            case _:
                if self._load.arrival == "rate":
                    self._ceilings_before = self._measure_ceilings()
                self._start_workers(stack)
                self._warm_up()
                self._await_warm_up()
                self._count_quiet()
                self._open_loop()
                ending = self._until_over(self._load.tasks)
        if self._usage is not None:
            self._usage.sample()
        self._look_up(ending)
        self._count_results(ending)
        return ending

    def _set_up(self, stack: ExitStack) -> None:
        def keep(made: TargetSetUp) -> None:
            self._services, self._project = made.services, made.project

        made = stack.enter_context(set_up(self.target, self.plan.python, keep, self._load, self._arrange))
        folder, services, project = made.folder, made.services, made.project
        if self._load.inspected:
            log = {memory_log.VARIABLE: str(folder / _MEMORY)}
            project = self._project = replace(project, environment={**project.environment, **log})
            store = Path(services.placeholders.get("store", ""))
            sampler = ConnectionSampler(services, store, lambda: [worker.pid for worker in self._workers])
            self._connections = stack.enter_context(sampler)
        self._watch = EventLogWatch(project.event_log, self._load.tasks)
        producer = self._producer = JsonLinesProcess(
            [self.plan.python, "-m", "taskgauge.suites.sessions.producer"],
            environment=project.environment,
            folder=project.folder,
            output=(folder / "producer.txt").open("w+b"),
            name="the producer",
        )
        stack.callback(producer.kill)
        floor = self.target.descriptor.backend if self.plan.is_floor else None
        self._facts = self._ask(READY, tasks=self._load.tasks, floor=floor, payload=self._load.payload)
        self._usage = stack.enter_context(
            UsageSampler(
                {
                    "producers": lambda: [producer.pid],
                    "workers": lambda: [worker.pid for worker in self._workers],
                    "store": lambda: [service.pid for service in services if service.pid is not None],
                }
            )
        )

    def _arrange(self, stack: ExitStack, folder: Path, services: Services) -> Arrangement:
        """Start the counters, the timers and the delay of a session that has them, before its project is written."""
        environment: dict[str, str] = {}
        if self._load.counted:
            meter = self._meter = stack.enter_context(
                PhaseMeter.of(
                    services,
                    workers=lambda: [worker.pid for worker in self._workers],
                    outputs=lambda: self._outputs,
                )
            )
            environment |= meter.environment
            if self._load.arrival == "backlog":
                self._gate = Gate(folder / "gate")
                environment |= self._gate.environment
        if self._load.stepped:
            self._steps = folder / "steps"
            self._steps.mkdir()
            environment[STEPS] = str(self._steps)
        placeholders = services.placeholders
        if self._load.distance:
            placeholders = stack.enter_context(distant(services, self._latency)) or placeholders
        return placeholders, environment

    def _hold(self) -> None:
        """Keep a backend that runs tasks in the producer from doing so; a worker is not started yet."""
        if self.target.worker is None and self.target.descriptor.pausable:
            self._ask(READY, do="stop")

    def _start_workers(self, stack: ExitStack) -> None:
        worker = self.target.worker
        if worker is None:
            if self.target.descriptor.pausable:
                self._ask(READY, do="start")
            return
        assert self._project is not None  # noqa: S101 -- it was set up
        for number in range(self._load.workers):
            words = self._words()
            if words is None:
                raise errors.WorkloadRefused("the worker has no words or settings for this shape")
            output = self._project.folder / f"worker-{number}.txt"
            process = WorkerProcess(
                stepped_words(words) if self._load.stepped else words,
                ready=worker.ready,
                environment=self._project.environment,
                output=output,
                folder=self._project.folder,
            )
            self._outputs.append(output)
            self._workers.append(process)
            stack.callback(process.kill)
        for process in self._workers:
            process.wait_until_ready(READY)

    def _words(self, row: Row | None = None) -> list[str] | None:
        """Return the command of a worker; with `row`, of another row and its own shape."""
        worker = self.target.worker
        if worker is None:
            return None
        shape = shape_of(self._load) if row is None else Shape()
        return worker.words(python=self.plan.python, row=row or self._row, shape=shape)

    def _resolved(self, settings: str, words: list[str] | None) -> dict[str, str]:
        values: dict[str, str] = {**self._facts.get(settings, {})}
        if words is not None:
            values["worker"] = " ".join(words)
        if self._project is None:
            return values
        return with_placeholders(values, {**self._project.placeholders, "python": self.plan.python})

    @property
    def _slots(self) -> int | None:
        if self.target.worker is None:
            return self._row.concurrency
        row, load = self._row, self._load
        return load.workers * (load.processes or row.processes or 1) * (load.concurrency or row.concurrency or 1)

    def _warm_up(self) -> None:
        self._ask(READY, do="warm_up", first=self._load.tasks, count=self._warm_up_count)

    @property
    def _warm_up_count(self) -> int:
        return WARM_UP * self._load.workers

    def _try_payload(self) -> None:
        """Raise WorkloadRefused if the target takes a task without the payload and not with it."""
        if self._load.payload:
            answer = self._ask(READY, do="try_payload", number=self._load.tasks)
            if error := answer.get("refused"):
                raise errors.WorkloadRefused(f"a payload of {self._load.payload:,} characters: {error}")

    def _call_in_box(self) -> None:
        """Enqueue until the box is over; raise WorkloadRefused if the target fails only with several producers."""
        try:
            self._enqueue(self._load.box)
        except errors.ProducerFailed as failure:
            self._check_services()
            if self._load.producers == 1:
                raise
            kind = "coroutines" if self._load.call == "aenqueue" else "threads"
            raise errors.WorkloadRefused(f"{self._load.producers} {kind}: {failure}") from failure

    def _await_warm_up(self) -> None:
        watch, deadline = self._watching(), time.monotonic() + READY
        while watch.warm_up < self._warm_up_count:
            time.sleep(_LOOK_SECONDS)
            watch.look()
            self._check_workers()
            if time.monotonic() > deadline:
                raise errors.NothingRan(
                    f"of {self._warm_up_count} tasks of the warm-up {watch.warm_up} ran within {READY:g} s"
                )

    def _check_support(self) -> None:
        """Raise WorkloadRefused if the backend does not declare what the tasks of the workload need."""
        load, facts = self._load, self._facts
        if load.priorities and not facts["supports_priority"]:
            raise errors.WorkloadRefused("it declares no priorities (supports_priority is false)")
        if load.deferrals and not facts["supports_defer"]:
            raise errors.WorkloadRefused("it declares no deferred tasks (supports_defer is false)")
        worker = self.target.descriptor.worker
        served = set(worker.serves) if worker is not None and worker.serves else set(facts["queues"])
        if unserved := set(load.queues) - served if served else set():
            raise errors.WorkloadRefused(f"it serves no queue {', '.join(map(repr, sorted(unserved)))}")
        if worker is not None and worker.serves_one_queue and len(set(load.queues)) > 1:
            raise errors.WorkloadRefused("each queue has workers of its own, so none waits for another")

    def _await_due(self) -> None:
        """Wait until every deferred task is due."""
        last = max(self._read(INTENDED), default=0) if self._load.deferrals else 0
        time.sleep(max(0, last - time.monotonic_ns()) / 1e9)

    def _grow(self, stack: ExitStack) -> None:
        Growth(
            kind=self._load.arrival,
            tasks=self._load.tasks,
            seconds=self._load.box,
            begin=self._begin,
            watch=self._watching(),
            enqueue=lambda first, count, seconds: int(
                self._ask(seconds + 60, do="enqueue_range", first=first, count=count, seconds=seconds)["count"]
            ),
            look_up=self._look_up_times,
            start=lambda: self._start_workers(stack),
            stop=self._pause_workers,
            check=self._check_workers,
            marks=self._marks,
        ).run()

    def _look_up_times(self, numbers: list[int]) -> tuple[int, ...]:
        known = numbers if self._facts["supports_get_result"] else []
        return tuple(self._ask(_STATES_LIMIT, do="look_up", numbers=known)["times"]) if known else ()

    def _pause_workers(self) -> None:
        self._stop_workers()
        self._hold()

    def _enqueue(self, seconds: float = ENQUEUE_LIMIT) -> int:
        load = self._load
        if load.priorities or load.queues or load.deferrals:
            varied = {"priorities": load.priorities, "queues": load.queues, "deferrals": load.deferrals}
            return int(self._ask(seconds + 60, do="enqueue_varied", count=load.tasks, **varied)["count"])
        answer = self._ask(
            seconds + 60,
            do="enqueue",
            count=self._load.tasks,
            seconds=seconds,
            transaction=self._load.transaction,
            call=self._load.call,
            producers=self._load.producers,
            first=self._load.tasks,
        )
        self._enqueued = answer
        return int(answer["count"])

    def _enqueue_counted(self) -> int:
        assert self._meter is not None  # noqa: S101 -- it was set up
        with self._meter.phase("enqueue", lambda: self._load.tasks):
            return self._enqueue()

    def _count_run(self, count: int) -> None:
        """Count a run of tasks from the body of a task to the body of a later task."""
        meter, gate, watch = self._meter, self._gate, self._watching()
        if meter is None or gate is None:
            return

        def starts() -> int:
            watch.look()
            return watch.starts

        deadline = time.monotonic() + READY
        while not starts():
            self._check_workers()
            if time.monotonic() > deadline:
                raise errors.NothingRan(f"no worker started a task within {READY:g} s{self._said()}")
            time.sleep(_LOOK_SECONDS)
        first = last = gate.wait_until_settled(starts, self._check_workers)

        with meter.phase("run", lambda: last - first):
            gate.release()
            enough = first + (count + self._warm_up_count - first) * 3 // 4
            deadline = time.monotonic() + READY
            while starts() < enough and time.monotonic() < deadline:
                self._check_workers()
                time.sleep(_GATE_SECONDS)
            gate.hold()
            last = gate.wait_until_settled(starts, self._check_workers)
        gate.release()

    def _count_quiet(self) -> None:
        """Count the costs of workers in a window in which nothing is enqueued."""
        if self._meter is None or not self._load.quiet:
            return
        # The end of the warm-up is not part of it.
        self._linger()
        with self._meter.phase("idle", lambda: max(1, len(self._workers))):
            end = time.monotonic() + self._load.quiet
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(1.0, left))
                self.is_alive()
                self._check_workers()

    def _count_results(self, ending: Ending) -> None:
        """Count look-ups of results, where no worker runs any more."""
        if self._meter is None or self._load.arrival != "backlog" or ending != "all ran":
            return
        if self._facts["supports_get_result"]:
            numbers = _spread(list(range(self._load.tasks)), LOOKED_UP)
            with self._meter.phase("get_result", lambda: len(numbers)):
                self._ask_states(numbers)

    def _open_loop(self) -> None:
        load = self._load
        if load.arrival == "rate":
            assert load.rate is not None  # noqa: S101 -- the workload of an open loop has a rate
            request: dict[str, Any] = {"do": "enqueue_at_rate", "count": load.tasks, "rate": load.rate}
            limit = load.tasks / load.rate + ENQUEUE_LIMIT
        else:
            # Threads and processes of the backend itself wait at once; a worker looks for tasks a few times before.
            rest, spread = (0.3, 0.2) if self.target.descriptor.worker else (0.05, 0.1)
            shortest = rest + 0.2 * self._poll
            # Pauses that are longer by up to a whole poll interval reach the worker at any time of its sleep.
            longest = shortest + max(self._poll, spread)
            request = {
                "do": "enqueue_idle",
                "count": load.tasks,
                "shortest": shortest,
                "longest": longest,
                "seed": self.plan.seed + self.plan.repetition,
            }
            limit = load.tasks * (longest + 30)
        self._ask(limit, **request)

    def _until_over(self, count: int) -> Ending:
        """Watch the event log until all of `count` tasks ran, the box is over, or no worker runs anything."""
        watch, begin = self._watching(), time.monotonic_ns()
        quiet = round((QUIET + 3 * self._poll) * 1e9)
        box = round(self._load.box * 1e9)
        sampled, checked = False, begin
        while True:
            watch.look()
            now = time.monotonic_ns()
            if watch.finished >= count:
                self._linger()
                return "all ran"
            if watch.first_start is None:
                self._check_workers()
                if now - begin > READY * 1e9:
                    raise errors.NothingRan(f"no worker started a task within {READY:g} s{self._said()}")
            else:
                if not sampled and self._usage is not None:
                    self._usage.sample()
                    sampled = True
                silent = now - max(begin, watch.last_event or 0)
                if min(silent, now - checked) > 1e9:
                    self._check_workers()
                    self._check_services()
                    checked = now
                if silent > quiet:
                    return "quiet"
                # If workers have nothing to do, the tasks that are left may be lost: look on.
                if self._is_boxed and now - watch.first_start > box and silent < 0.5e9:
                    return "box"
            time.sleep(_LOOK_SECONDS)

    @property
    def _is_boxed(self) -> bool:
        return self._load.arrival in {"backlog", "burst"}

    def _linger(self) -> None:
        """Wait for tasks that run once more, and for results that become final."""
        time.sleep(LINGER + self._poll)

    def _check_workers(self) -> None:
        for worker in self._workers:
            if not worker.is_alive:
                self._check_services()
                raise errors.WorkerFailed(
                    f"a worker ended with code {worker.wait()} while tasks waited: {worker.explaining_line()}"
                )

    def _check_services(self) -> None:
        if self._services is not None:
            self._services.check()

    def _said(self) -> str:
        return "".join(f"; the worker says {worker.explaining_line()}" for worker in self._workers[:1])

    def _watching(self) -> EventLogWatch:
        assert self._watch is not None  # noqa: S101 -- it was set up
        return self._watch

    def _look_up(self, ending: Ending) -> None:
        """Ask the backend for the states of tasks while its workers still run, then end the workers.

        A worker that ends at once may not store the state of its last task, which is no fault of the session.
        """
        if self._load.arrival == "calls":
            return
        times, begun = self._account(), self._read(END)
        left = _spread([number for number, at in enumerate(begun) if at and not times.started[number]])
        finished = _spread([number for number, at in enumerate(times.finished) if at and begun[number]])
        if self._facts["supports_get_result"]:
            if ending == "box" and left:
                self._states_of_left = dict(zip(left, self._ask_states(left), strict=True))
            if finished:
                self._states = _counted(self._final_states(finished))
        self._stop_workers()
        if self._ceilings_before:
            self._ceilings_after = self._measure_ceilings()

    def _measure_ceilings(self) -> dict[str, float]:
        assert self._project is not None  # noqa: S101 -- it was set up
        if self._load.counted or self._load.stepped:
            return {}  # there is no rate to compare with them
        return ceilings(self._project.placeholders, self.target.kinds, self._project.folder)

    def _final_states(self, numbers: list[int]) -> list[str]:
        deadline = time.monotonic() + _FINAL_SECONDS
        while True:
            states = self._ask_states(numbers)
            if set(states) <= {"SUCCESSFUL", "UNKNOWN"} or time.monotonic() > deadline:
                return states
            time.sleep(0.2)

    def _ask_states(self, numbers: list[int]) -> list[str]:
        states: list[str] = self._ask(_STATES_LIMIT, do="states", numbers=numbers)["states"]
        return states

    def _stop_workers(self) -> None:
        """End the workers as a supervisor does; from then on their end is no failure."""
        workers, self._workers = self._workers, []
        stop_signal = self.target.worker.stop_signal if self.target.worker is not None else SIGTERM
        for worker in workers:
            worker.signal(stop_signal)
        for worker in workers:
            worker.terminate(GRACE)

    def _ask(self, limit: float, **request: Any) -> Mapping[str, Any]:
        """Send a request to the producer, and return its answer; watch the workers and the store meanwhile."""
        assert self._producer is not None  # noqa: S101 -- it was started
        self._producer.send(request)
        deadline = time.monotonic() + limit
        while True:
            try:
                answer: Mapping[str, Any] = self._producer.receive(1.0)
            except ChildSilent:
                self.is_alive()
                self._check_workers()
                if time.monotonic() > deadline:
                    raise errors.ProducerFailed(f"the producer has not answered within {limit:g} s") from None
                continue
            if error := answer.get("error"):
                raise errors.ProducerFailed(f"the producer says {error}")
            return answer

    def as_session_error(self, failure: Exception) -> errors.SessionError:
        """Return the error for the report; a store that is gone explains what it caused."""
        if not isinstance(failure, ServiceError):
            try:
                self._check_services()
            except ServiceError as gone:
                failure = gone
        text = " ".join(str(failure).split())
        if isinstance(failure, ServiceError):
            return errors.StoreGone(text)
        if isinstance(failure, errors.SessionError):
            return failure
        if isinstance(failure, ChildFailed):
            return errors.ProducerFailed(text)
        if isinstance(failure, WorkerNotReady):
            return errors.WorkerFailed(text)
        return errors.PreparationFailed(text)

    def _account(self) -> Any:
        assert self._project is not None  # noqa: S101 -- it was set up
        return account(journal.records_of(self._project.event_log), self._load.tasks)

    def _read(self, name: str) -> array[int]:
        """Return a column of the producer; it has no times before the producer has written it."""
        column = array("q")
        path = None if self._project is None else self._project.folder / name
        if path is not None and path.exists():
            column.frombytes(path.read_bytes())
        return column if len(column) == self._load.tasks else empty_times(self._load.tasks)

    def trace(self, ending: Ending, reason: str) -> Trace:
        """Return the trace of what has happened so far."""
        is_set_up = self._project is not None and self._project.event_log.exists()
        accounting = self._account() if is_set_up else None
        empty = empty_times(self._load.tasks)
        started = accounting.started if accounting else empty
        left = _counted(state for number, state in self._states_of_left.items() if not started[number])
        usage = self._usage.samples() if self._usage is not None else ()
        header = Header(
            part=self.plan.part,
            target=self.target.name,
            repetition=self.plan.repetition,
            workload=self._load,
            contract=contract_of(self.target),
            is_floor=self.plan.is_floor,
            ending=ending,
            reason=reason,
            doubled=accounting.doubled if accounting else (),
            states=self._states,
            states_of_left=left,
            usage=tuple(replace(sample, at=sample.at - self._begin) for sample in usage),
            log_bytes=sum(path.stat().st_size for path in self._outputs if path.exists()),
            driver_ns=self._enqueued.get("driver_ns"),
            stall_ns=self._enqueued.get("stall_ns"),
            idle_stall_ns=self._enqueued.get("idle_stall_ns"),
            resolved=(resolved := self._resolved("settings", self._words())),
            differences=differences(self._resolved("installed", self._words(self.target.row("installed"))), resolved),
            links=self._row.links,
            ceilings=before_and_after(self._ceilings_before, self._ceilings_after),
            poll_seconds=self._poll or None,
            worker_processes=self._row.processes,
            slots=self._slots,
            phases=(
                *(self._meter.phases if self._meter is not None else ()),
                *(step_phases(self._steps) if self._steps is not None else ()),
            ),
            not_counted=self._meter.not_counted if self._meter is not None else {},
            marks=tuple(self._marks),
            memory=self._memory_notes(),
            connections=tuple(
                replace(entry, at=entry.at - self._begin)
                for entry in (self._connections.samples() if self._connections else ())
            ),
            versions=_versions(self.target),
            conditions={"idle worker looks every": f"{self._poll:g} s"} if self._poll else {},
        )
        return Trace(
            header=header,
            intended=self._since_begin(self._read(INTENDED)),
            enqueue_begin=self._since_begin(self._read(BEGIN)),
            enqueue_end=self._since_begin(self._read(END)),
            started=self._since_begin(started),
            finished=self._since_begin(accounting.finished if accounting else empty),
        )

    def _memory_notes(self) -> tuple[MemoryNote, ...]:
        if not self._load.inspected or self._project is None:
            return ()
        return read_notes(self._project.folder.parent / _MEMORY, self._begin)

    def _since_begin(self, times: Iterable[int]) -> array[int]:
        return array("q", (at and at - self._begin for at in times))

    def close(self) -> None:
        """Close the event log."""
        if self._watch is not None:
            self._watch.close()


def _counted(states: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in states:
        counts[state] = counts.get(state, 0) + 1
    return counts


def _spread(numbers: list[int], most: int = CHECKED) -> list[int]:
    """Return at most `most` of the numbers, spread evenly."""
    if len(numbers) <= most:
        return numbers
    return [numbers[place * len(numbers) // most] for place in range(most)]


def _versions(target: Target) -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "django": importlib.metadata.version("django"),
        **target.descriptor.versions(),
    }
