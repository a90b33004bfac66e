"""The records of a session of several hosts: clocks, answers and event logs, and the traces that follow from them."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from taskgauge.reports.metrics.host_rates import ORIGIN_NS, clock_step, offset_error
from taskgauge.reports.run_folder.traces import Agent, ClockOffset, Ending, Header, Trace, Workload, empty_times
from taskgauge.suites.cluster.connection import Host
from taskgauge.suites.event_log.exactly_once import Event
from taskgauge.suites.sessions.contract import contract_of
from taskgauge.suites.sessions.plan import Measured
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED

_RECORD = 4
"""The integers of a record in an event log."""
_NO_ANSWER = {"offered": 0, "sent": 0, "cpu": 0.0, "busy": 0.0, "columns": dict.fromkeys((INTENDED, BEGIN, END), b"")}
"""The answer of a host that does not produce, or that did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSessionPlan:
    """The plan of a session of several hosts."""

    part: str
    entry: Measured
    workload: Workload
    """Its rate is that of each producing host; its tasks are the most that each sends."""
    seconds: float
    """The window in which each producer sends."""
    repetition: int


@dataclass(slots=True)
class HostRecords:
    """The records of one session, by the names of hosts; they grow while it runs."""

    plan: HostSessionPlan
    producing: Sequence[Host]
    working: Sequence[Host]
    before: dict[str, ClockOffset] = field(default_factory=dict)
    after: dict[str, ClockOffset] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    """The agreed start on each host's own clock."""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The counts and times of each producer."""
    events: dict[str, array[int]] = field(default_factory=dict)
    """The event log of each host's workers."""
    store_cpu: float | None = None
    ending: Ending = "enqueued"

    @property
    def hosts(self) -> list[Host]:
        """All hosts of the session, each once."""
        return list(dict.fromkeys([*self.producing, *self.working]))

    def finished(self) -> set[int]:
        """Return the numbers of all tasks that finished, those of the warm-up included."""
        return {
            number for log in self.events.values() for event, number, _ in records_of(log) if event == Event.FINISHED
        }

    def fault(self) -> str:
        """Return a phrase on tasks that did not run exactly once; empty if all did, or if none was to run."""
        if not self.plan.workload.working_hosts:
            return ""
        counts: dict[int, int] = {}
        for log in self.events.values():
            for event, number, _ in records_of(log):
                if event == Event.STARTED:
                    counts[number] = counts.get(number, 0) + 1
        numbers = [
            place * self.plan.workload.tasks + number
            for place, host in enumerate(self.producing)
            for number in range(self.answers[host.name]["sent"])
        ]
        lost = sum(number not in counts for number in numbers)
        doubled = sum(counts.get(number, 0) > 1 for number in numbers)
        words = [f"{lost} of {len(numbers)} tasks never started" if lost else ""]
        words += [f"{doubled} tasks ran more than once" if doubled else ""]
        return "; ".join(filter(None, words))

    def trace(self, host: Host, reason: str) -> Trace:
        """Return the trace of a host; `reason` says why the session is not complete."""
        answer = self.answers.get(host.name, _NO_ANSWER)
        count = answer["offered"]
        first = self.producing.index(host) * self.plan.workload.tasks if count else 0
        columns = {name: array("q", answer["columns"][name])[:count] for name in (INTENDED, BEGIN, END)}
        started, finished = empty_times(count), empty_times(count)
        for event, number, at in records_of(self.events.get(host.name, empty_times(0))):
            if first <= number < first + count:
                column = started if event == Event.STARTED else finished
                column[number - first] = column[number - first] or at
        elsewhere, error = self._elsewhere(host, first, columns[BEGIN])
        header = Header(
            part=self.plan.part,
            target=self.plan.entry.target.name,
            repetition=self.plan.repetition,
            workload=self.plan.workload,
            contract=contract_of(self.plan.entry.target),
            is_floor=self.plan.entry.is_floor,
            ending=self.ending,
            reason=reason,
            versions=self.plan.entry.target.descriptor.versions(),
            agent=replace(
                self._clocks(host),
                hosts=tuple(other.name for other in self.hosts),
                machine=host.machine,
                workers=self.plan.workload.workers if host in self.working else 0,
                offered=count,
                sent=answer["sent"],
                producer_cpu=answer["cpu"],
                busy=answer["busy"],
                store_cpu=self.store_cpu,
                elsewhere=elsewhere,
                elsewhere_error=error,
            ),
        )
        shift = ORIGIN_NS - self.starts.get(host.name, 0)
        return Trace(
            header=header,
            intended=_shifted(columns[INTENDED], shift),
            enqueue_begin=_shifted(columns[BEGIN], shift),
            enqueue_end=_shifted(columns[END], shift),
            started=_shifted(started, shift),
            finished=_shifted(finished, shift),
        )

    def _elsewhere(self, host: Host, first: int, begin: array[int]) -> tuple[tuple[int, ...], int]:
        """Return the nanoseconds from enqueue() to the start of tasks on other hosts, and the error of each.

        Both times are on the driver's clock, by the offset of each host in the middle of the session. If an offset is
        not known or a clock stepped, there are none.
        """
        clocks = {other.name: self._clocks(other) for other in self.hosts}
        if len(self.after) < len(clocks) or any(clock_step(clock) is not None for clock in clocks.values()):
            return (), 0
        middles = {name: (self.before[name].ns + self.after[name].ns) // 2 for name in clocks}
        times, error = [], 0
        for name in self.events.keys() - {host.name}:
            for event, number, at in records_of(self.events[name]):
                if event == Event.STARTED and first <= number < first + len(begin) and begin[number - first]:
                    times.append(at - middles[name] - (begin[number - first] - middles[host.name]))
                    error = max(error, offset_error(clocks[name]) + offset_error(clocks[host.name]))
        return tuple(times), error

    def _clocks(self, host: Host) -> Agent:
        """Return a host of the session with its clock alone."""
        before, after = self.before.get(host.name), self.after.get(host.name)
        return Agent(host=host.name, hosts=(), seconds=self.plan.seconds, before=before, after=after)


def records_of(log: array[int]) -> Iterator[tuple[int, int, int]]:
    """Yield event, number and time of the records of an event log."""
    for place in range(0, len(log), _RECORD):
        if log[place] and log[place + 3]:
            yield log[place] & 0xFF, log[place] >> 8, log[place + 3]


def _shifted(column: array[int], shift: int) -> array[int]:
    return array("q", (at and at + shift for at in column))
