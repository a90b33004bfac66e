"""The run of a session: set-up, workload, waits, look-ups, and the trace of what happened."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from taskgauge.backends.descriptors.errors import DescriptorError
from taskgauge.backends.descriptors.worker import PreparationFailed as StoreNotPrepared
from taskgauge.backends.descriptors.worker import WorkerNotReady
from taskgauge.backends.processes.json_lines import ChildFailed
from taskgauge.backends.services import ServiceError
from taskgauge.reports.run_folder.traces import Ending, Trace
from taskgauge.suites.sessions.errors import SessionError, WorkloadRefused, session_error
from taskgauge.suites.sessions.producer import END
from taskgauge.suites.sessions.session import workload_sending as sending
from taskgauge.suites.sessions.session.counted_phases import count_idle, count_look_ups, count_run
from taskgauge.suites.sessions.session.growth import Growth
from taskgauge.suites.sessions.session.instruments import Instruments
from taskgauge.suites.sessions.session.look_ups import ask_states, final_states, spread
from taskgauge.suites.sessions.session.planner_statistics import refresh_statistics
from taskgauge.suites.sessions.session.processes import SessionProcesses
from taskgauge.suites.sessions.session.session_plan import SessionPlan
from taskgauge.suites.sessions.session.session_trace import Observations, build_trace
from taskgauge.suites.sessions.session.waits import await_due, await_end, await_warm_up
from taskgauge.suites.sessions.target_set_up import set_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The outcome of a session: its trace, and the error that cut it short."""

    trace: Trace
    error: SessionError | None = None


def run_session(
    plan: SessionPlan,
    keep: Callable[[Trace], object] = lambda _: None,
    is_alive: Callable[[], object] = lambda: None,
) -> Session:
    """Run a session in processes of its own, and pass its trace to `keep`, however it ends.

    It calls `is_alive` now and then while it waits for its producer. An error that cuts it short is part of the
    outcome. KeyboardInterrupt passes through, after the trace is kept.
    """
    ending: Ending = "interrupted"
    reason = ""
    error: SessionError | None = None
    with ExitStack() as stack:
        processes = SessionProcesses(plan, is_alive, stack)
        running = _Running(processes, Instruments(processes))
        try:
            ending = running.run()
        except WorkloadRefused as refusal:
            ending, reason = "refused", str(refusal)
        except (SessionError, ChildFailed, WorkerNotReady, StoreNotPrepared, ServiceError, DescriptorError) as failure:
            ending, error = "failed", session_error(failure, processes.check_services)
            reason = str(error)
        finally:
            trace = build_trace(processes, running.instruments, running.observations, ending, reason)
            keep(trace)
    return Session(trace=trace, error=error)


@dataclass(slots=True)
class _Running:
    """A session while it runs."""

    processes: SessionProcesses
    instruments: Instruments
    observations: Observations = field(default_factory=Observations)

    def run(self) -> Ending:
        """Run the workload, and return how it ended; raise the error of the step that fails."""
        self._set_up()
        sending.check_support(self.processes)
        self.processes.prepare_producer()
        ending = self._run_workload()
        self.instruments.sample_usage_now()
        arrival = self.processes.load.arrival
        if arrival == "calls":
            self.observations.ceilings_after = self.instruments.measured_ceilings()
        else:
            self._look_up(ending)
        if arrival == "backlog" and ending == "all ran":
            count_look_ups(self.processes, self.instruments)
        return ending

    def _set_up(self) -> None:
        processes, instruments = self.processes, self.instruments
        context = set_up(processes.target, processes.plan.python, processes.keep, processes.load, instruments.arrange)
        made = processes.stack.enter_context(context)
        instruments.watch_store(made.services)
        processes.start_producer(made.folder)
        instruments.sample_usage(made.services)

    def _run_workload(self) -> Ending:
        processes, instruments, load = self.processes, self.instruments, self.processes.load
        match load.arrival:
            case "backlog":
                processes.hold()
                sending.warm_up(processes)
                self.observations.ceilings_before = instruments.measured_ceilings()
                count = self._enqueue_backlog()
                await_due(processes, instruments)
                self._refresh_statistics()
                instruments.latency.seconds = load.distance / 1_000
                if instruments.gate is not None:
                    instruments.gate.hold()
                processes.start_workers()
                count_run(processes, instruments, count)
                return await_end(processes, instruments, count)
            case "burst":
                self._start_warm()
                return await_end(processes, instruments, self._enqueue())
            case "waiting" | "retained":
                processes.hold()
                sending.warm_up(processes)
                Growth(processes, instruments.watch, self.observations).run()
                return "box"
            case "calls":
                processes.hold()
                sending.try_payload(processes)
                sending.warm_up(processes)
                self.observations.ceilings_before = instruments.measured_ceilings()
                self.observations.enqueued = sending.enqueue_in_box(processes)
                return "enqueued"
            case "rate":
                self._start_warm()
                count_idle(processes, instruments)
                sending.enqueue_at_rate(processes)
            case _:
                self._start_warm(has_rate=False)
                count_idle(processes, instruments)
                sending.enqueue_idle(processes)
        return await_end(processes, instruments, load.tasks)

    def _start_warm(self, *, has_rate: bool = True) -> None:
        """Measure the ceilings of a rate, start the workers, and run the warm-up."""
        if has_rate:
            self.observations.ceilings_before = self.instruments.measured_ceilings()
        self.processes.start_workers()
        sending.warm_up(self.processes)
        await_warm_up(self.processes, self.instruments)
        self._refresh_statistics()

    def _refresh_statistics(self) -> None:
        self.observations.conditions |= refresh_statistics(self.processes)

    def _enqueue(self) -> int:
        self.observations.enqueued = answer = sending.enqueue(self.processes)
        return int(answer["count"])

    def _enqueue_backlog(self) -> int:
        meter = self.instruments.meter
        if meter is None:
            return self._enqueue()
        with meter.phase("enqueue", lambda: self.processes.load.tasks):
            return self._enqueue()

    def _look_up(self, ending: Ending) -> None:
        """Ask the backend for the states of tasks while its workers still run, then end the workers.

        A worker that ends at once may not store the state of its last task, which is no fault of the session.
        """
        processes, observations = self.processes, self.observations
        times, begun = self.instruments.accounting(), self.instruments.column(END)
        left = spread([number for number, at in enumerate(begun) if at and not times.started[number]])
        finished = spread([number for number, at in enumerate(times.finished) if at and begun[number]])
        if processes.has_results:
            if ending == "box" and left:
                observations.states_of_left = dict(zip(left, ask_states(processes, left), strict=True))
            if finished:
                observations.states = Counter(final_states(processes, finished))
        processes.stop_workers()
        if observations.ceilings_before:
            observations.ceilings_after = self.instruments.measured_ceilings()
