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
        answer = self.answers.get(host.name)
        agent = Agent(
            host=host.name,
            hosts=tuple(other.name for other in self.hosts),
            machine=host.machine,
            workers=self.plan.workload.workers if host in self.working else 0,
            seconds=self.plan.seconds,
            before=self.before.get(host.name),
            after=self.after.get(host.name),
            store_cpu=self.store_cpu,
        )
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
            agent=agent,
        )
        if answer is None:
            empty = empty_times(0)
            return Trace(
                header=header, intended=empty, enqueue_begin=empty, enqueue_end=empty, started=empty, finished=empty
            )
        count = answer["offered"]
        shift = ORIGIN_NS - self.starts[host.name]
        columns = {
            name: _shifted(array("q", answer["columns"][name])[:count], shift) for name in (INTENDED, BEGIN, END)
        }
        begin = columns[BEGIN]
        first = self.producing.index(host) * self.plan.workload.tasks
        started, finished = empty_times(count), empty_times(count)
        elsewhere: list[int] = []
        error = 0
        for name, log in self.events.items():
            for event, number, at in records_of(log):
                if not first <= number < first + count:
                    continue
                if name == host.name:
                    column = started if event == Event.STARTED else finished
                    column[number - first] = column[number - first] or at + shift
                elif (
                    event == Event.STARTED and name in self.after and host.name in self.after and begin[number - first]
                ):
                    # Both times on the driver's clock, by the offset of each host in the middle of the session.
                    theirs = at - self._middle(name)
                    ours = begin[number - first] - shift - self._middle(host.name)
                    elsewhere.append(theirs - ours)
                    error = max(error, self._error(name) + self._error(host.name))
        stepped = any(clock_step(self._clocks(other.name)) is not None for other in self.hosts)
        return Trace(
            header=replace(
                header,
                agent=replace(
                    agent,
                    offered=answer["offered"],
                    sent=answer["sent"],
                    producer_cpu=answer["cpu"],
                    busy=answer["busy"],
                    elsewhere=() if stepped else tuple(elsewhere),
                    elsewhere_error=0 if stepped else error,
                ),
            ),
            intended=columns[INTENDED],
            enqueue_begin=begin,
            enqueue_end=columns[END],
            started=started,
            finished=finished,
        )

    def _clocks(self, name: str) -> Agent:
        return Agent(
            host=name, hosts=(), seconds=self.plan.seconds, before=self.before.get(name), after=self.after.get(name)
        )

    def _middle(self, name: str) -> int:
        return (self.before[name].ns + self.after[name].ns) // 2

    def _error(self, name: str) -> int:
        return offset_error(self._clocks(name))


def records_of(log: array[int]) -> Iterator[tuple[int, int, int]]:
    """Yield event, number and time of the records of an event log."""
    for place in range(0, len(log), _RECORD):
        if log[place] and log[place + 3]:
            yield log[place] & 0xFF, log[place] >> 8, log[place + 3]


def _shifted(column: array[int], shift: int) -> array[int]:
    return array("q", (at and at + shift for at in column))
