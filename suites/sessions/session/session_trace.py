"""The trace of a session, made from what its processes and instruments have so far."""

import importlib.metadata
import platform
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taskgauge.reports.run_folder.traces import Ending, Header, Mark, Trace, empty_times
from taskgauge.suites.run_control.processors import processor_limit
from taskgauge.suites.sessions.ceilings import before_and_after
from taskgauge.suites.sessions.contract import contract_of
from taskgauge.suites.sessions.costs.step_files import step_phases
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED
from taskgauge.suites.sessions.resolved_settings import differences, with_placeholders
from taskgauge.suites.sessions.session.instruments import Instruments
from taskgauge.suites.sessions.session.processes import SessionProcesses
from taskgauge.suites.sessions.worker_memory.memory_notes import read_notes


@dataclass(slots=True, kw_only=True)
class Observations:
    """The answers, ceilings, marks and states that a session collects for its trace."""

    begin: int = field(default_factory=time.monotonic_ns)
    """Nanoseconds of the monotonic clock at the begin of the session."""
    ceilings_before: dict[str, float] = field(default_factory=dict)
    ceilings_after: dict[str, float] = field(default_factory=dict)
    enqueued: Mapping[str, Any] = field(default_factory=dict)
    """The answer of the producer that enqueued in a closed loop."""
    marks: list[Mark] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    """The states of finished tasks."""
    states_of_left: dict[int, str] = field(default_factory=dict)
    """By number, the states of tasks that had not started."""
    conditions: dict[str, str] = field(default_factory=dict)
    """Conditions of the figures that only show while the session runs."""


def build_trace(
    processes: SessionProcesses, instruments: Instruments, observations: Observations, ending: Ending, reason: str
) -> Trace:
    """Return the trace of what has happened so far."""
    plan, target, begin = processes.plan, processes.target, observations.begin
    is_set_up = processes.made_project is not None and processes.project.event_log.exists()
    accounting = instruments.accounting() if is_set_up else None
    empty = empty_times(plan.workload.tasks)
    started = accounting.started if accounting else empty
    left = Counter(state for number, state in observations.states_of_left.items() if not started[number])
    meter, usage, connections = instruments.meter, instruments.usage, instruments.connections
    resolved = _resolved(processes, "settings", processes.words())
    installed = _resolved(processes, "installed", processes.words(target.row("installed")))

    def since_begin(times: Iterable[int]) -> array[int]:
        return array("q", (at and at - begin for at in times))

    header = Header(
        part=plan.part,
        target=target.name,
        repetition=plan.repetition,
        workload=plan.workload,
        contract=contract_of(target, in_memory=plan.workload.in_memory),
        is_floor=plan.is_floor,
        ending=ending,
        reason=reason,
        doubled=accounting.doubled if accounting else (),
        states=dict(observations.states),
        states_of_left=dict(left),
        usage=tuple(replace(sample, at=sample.at - begin) for sample in (usage.samples() if usage else ())),
        log_bytes=sum(path.stat().st_size for path in processes.outputs if path.exists()),
        driver_ns=observations.enqueued.get("driver_ns"),
        stall_ns=observations.enqueued.get("stall_ns"),
        idle_stall_ns=observations.enqueued.get("idle_stall_ns"),
        resolved=resolved,
        differences=differences(installed, resolved),
        links=processes.row.links,
        ceilings=before_and_after(observations.ceilings_before, observations.ceilings_after),
        poll_seconds=processes.poll or None,
        worker_processes=processes.row.processes,
        worker_begin=processes.worker_begin and processes.worker_begin - begin,
        worker_end=processes.worker_end and processes.worker_end - begin,
        processors=processor_limit(),
        slots=processes.slots,
        phases=(
            *(meter.phases if meter is not None else ()),
            *(step_phases(instruments.steps) if instruments.steps is not None else ()),
        ),
        not_counted=meter.not_counted if meter is not None else {},
        marks=tuple(observations.marks),
        memory=read_notes(instruments.memory, begin) if instruments.memory is not None else (),
        connections=tuple(
            replace(sample, at=sample.at - begin) for sample in (connections.samples() if connections else ())
        ),
        versions={
            "python": platform.python_version(),
            "django": importlib.metadata.version("django"),
            **target.descriptor.versions(),
        },
        conditions={
            **({"idle worker looks every": f"{processes.poll:g} s"} if processes.poll else {}),
            **observations.conditions,
        },
    )
    return Trace(
        header=header,
        intended=since_begin(instruments.column(INTENDED)),
        enqueue_begin=since_begin(instruments.column(BEGIN)),
        enqueue_end=since_begin(instruments.column(END)),
        started=since_begin(started),
        finished=since_begin(accounting.finished if accounting else empty),
    )


def _resolved(processes: SessionProcesses, settings: str, words: list[str] | None) -> dict[str, str]:
    """Return the settings of a row and the command of its worker, with placeholders."""
    values: dict[str, str] = {**processes.facts.get(settings, {})}
    if words is not None:
        values["worker"] = " ".join(words)
    if processes.made_project is None:
        return values
    return with_placeholders(values, {**processes.project.placeholders, "python": processes.plan.python})
