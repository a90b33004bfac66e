"""The instruments of a session: all that counts, times, samples and watches its processes."""

from array import array
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from taskgauge.backends.services import Services
from taskgauge.backends.services.distance import Latency, distant
from taskgauge.reports.run_folder.traces import empty_times
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Accounting, account
from taskgauge.suites.event_log.watch import EventLogWatch
from taskgauge.suites.sessions.ceilings import ceilings
from taskgauge.suites.sessions.costs.phases import Gate, PhaseMeter
from taskgauge.suites.sessions.costs.variables import STEPS
from taskgauge.suites.sessions.execution import ECHO
from taskgauge.suites.sessions.samplers.connections import ConnectionSampler
from taskgauge.suites.sessions.samplers.usage import UsageSampler
from taskgauge.suites.sessions.session.processes import SessionProcesses
from taskgauge.suites.sessions.target_set_up import Arrangement
from taskgauge.suites.sessions.worker_memory import memory_log


@dataclass(slots=True)
class Instruments:
    """The instruments of a session; those that its workload does not need are None."""

    processes: SessionProcesses
    usage: UsageSampler | None = None
    meter: PhaseMeter | None = None
    gate: Gate | None = None
    steps: Path | None = None
    """The folder with the times of steps."""
    memory: Path | None = None
    """The log into which tasks note the memory of their process."""
    connections: ConnectionSampler | None = None
    latency: Latency = field(default_factory=lambda: Latency(seconds=0.0))
    _watch: EventLogWatch | None = None

    @property
    def watch(self) -> EventLogWatch:
        """The watch on the event log, which is there."""
        assert self._watch is not None  # noqa: S101 -- it was set up
        return self._watch

    def arrange(self, stack: ExitStack, folder: Path, services: Services) -> Arrangement:
        """Start the counters, the timers and the delay of a session that has them, before its project is written."""
        load, environment = self.processes.load, dict[str, str]()
        if load.counted:
            meter = PhaseMeter.of(services, workers=self.processes.worker_ids, outputs=lambda: self.processes.outputs)
            self.meter = stack.enter_context(meter)
            environment |= self.meter.environment
            if load.arrival == "backlog":
                self.gate = Gate(folder / "gate")
                environment |= self.gate.environment
        if load.stepped:
            self.steps = folder / "steps"
            self.steps.mkdir()
            environment[STEPS] = str(self.steps)
        if load.inspected:
            self.memory = folder / "memory_log"
            environment[memory_log.VARIABLE] = str(self.memory)
        if load.row == "chart":
            environment[ECHO] = "1"
        placeholders = services.placeholders
        if load.distance:
            placeholders = stack.enter_context(distant(services, self.latency)) or placeholders
        return placeholders, environment

    def watch_store(self, services: Services) -> None:
        """Begin to watch the event log and, in a session that inspects its workers, their connections."""
        processes = self.processes
        if processes.load.inspected:
            store = Path(services.placeholders.get("store", ""))
            sampler = ConnectionSampler(services, store, processes.worker_ids)
            self.connections = processes.stack.enter_context(sampler)
        self._watch = EventLogWatch(processes.project.event_log, processes.load.tasks)
        processes.stack.callback(self._watch.close)

    def sample_usage(self, services: Services) -> None:
        """Begin to sample memory and processor time."""
        processes = self.processes
        self.usage = processes.stack.enter_context(
            UsageSampler(
                {
                    "producers": processes.producer_ids,
                    "workers": processes.worker_ids,
                    "store": lambda: [service.pid for service in services if service.pid is not None],
                }
            )
        )

    def sample_usage_now(self) -> None:
        """Sample memory and processor time at this moment, if they are sampled."""
        if self.usage is not None:
            self.usage.sample()

    def measured_ceilings(self) -> dict[str, float]:
        """Return the ceilings of the machine and the store now; a session without a rate to compare has none."""
        processes = self.processes
        if processes.load.counted or processes.load.stepped:
            return {}
        return ceilings(processes.project.placeholders, processes.target.kinds, processes.project.folder)

    def accounting(self) -> Accounting:
        """Return the accounting of the event log so far."""
        return account(journal.records_of(self.processes.project.event_log), self.processes.load.tasks)

    def column(self, name: str) -> array[int]:
        """Return a column of the producer; it has no times before the producer has written it."""
        column, project, tasks = array("q"), self.processes.made_project, self.processes.load.tasks
        path = None if project is None else project.folder / name
        if path is not None and path.exists():
            column.frombytes(path.read_bytes())
        return column if len(column) == tasks else empty_times(tasks)
