"""The part `producers`: one host sends, then all of them, paced and unpaced, to one store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.reports.metrics.host_rates import combined_rate
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.traces import Trace, Workload, write_trace
from taskgauge.suites.cluster.connection import Connection
from taskgauge.suites.cluster.errors import StoreNotShared, TooFewHosts
from taskgauge.suites.cluster.host_records import HostSessionPlan
from taskgauge.suites.cluster.host_session import check_shared, run_host_session
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.sessions.plan import Measured, measured

PART = "producers"
SECONDS = 10.0
"""The window of a session."""
_QUICK_SECONDS = 3.0
_SHARE = 0.2
"""The share of one producer's highest rate at which producers are paced."""
_WORKED_SHARE = 0.05
"""The same where workers run the tasks, which takes them longer than sending."""
_MOST = 200_000
"""The tasks that a producer sends in a session, at most."""


def shared_targets(options: Options) -> list[Measured]:
    """Return the targets and the floors of their stores. Raises StoreNotShared, TargetUnknown, DescriptorError."""
    if not options.targets:
        raise StoreNotShared(
            "the default target", "name targets on a server with --target, such as django-tasks-redis@redis"
        )
    entries = measured(options.targets)
    for entry in entries:
        check_shared(entry.target)
    return entries


def check_hosts(connection: Connection, producing: int, working: int) -> None:
    """Raise TooFewHosts if a workload asks for more hosts than there are."""
    if max(producing, working) > len(connection.hosts):
        raise TooFewHosts(connection.address, max(producing, working), len(connection.hosts))


def run_producers(
    connection: Connection,
    entries: Sequence[Measured],
    options: Options,
    folder: Path,
    *,
    producing: int,
    working: int,
    noticed: Interruption,
    say: Callable[[str], None],
) -> PartRecord:
    """Run the sessions of all targets into a run folder; return the record of the part.

    Raise Interrupted and SchedulerGone; the traces until then are kept.
    """
    faults = []
    for entry in entries:
        highest: float | None = None
        for number, plan in enumerate(_plans(entry, options, producing=producing, working=working)):
            load = plan.workload
            if load.rate is not None:
                if highest is None:
                    faults.append(f"{entry.target.name}: its highest rate is not known")
                    break
                load = replace(load, rate=load.rate * highest)
            traces: list[Trace] = []
            reason = run_host_session(
                connection, replace(plan, workload=load, repetition=number), noticed, traces.append
            )
            for trace in traces:
                write_trace(folder, trace)
            rate = combined_rate(traces)
            highest = rate.rate if number == 0 else highest
            words = f"{rate.rate:,.0f} tasks/s" if rate.rate is not None else f"no rate: {rate.reason}"
            hosts = "1 host sends" if load.producing_hosts == 1 else f"{load.producing_hosts} hosts send"
            say(f"{entry.target.name}, {hosts}: {words}")
            if reason:
                faults.append(f"{entry.target.name}: {reason}")
    return PartRecord(name=PART, state="failed" if faults else "finished", reason="; ".join(faults))


def _plans(entry: Measured, options: Options, *, producing: int, working: int) -> Iterator[HostSessionPlan]:
    """Yield the sessions of a target; a rate is a share of the highest one, which the first session measures."""
    seconds = _QUICK_SECONDS if options.scale.name == "quick" else SECONDS
    unpaced = Workload(arrival="calls", tasks=_MOST, producing_hosts=1)
    paced = replace(unpaced, arrival="rate", rate=_SHARE)
    loads = [unpaced, paced]
    if producing > 1:
        loads += [replace(load, producing_hosts=producing) for load in (paced, unpaced)]
    if working and entry.target.descriptor.worker is not None:
        loads.append(replace(paced, producing_hosts=producing, working_hosts=working, rate=_WORKED_SHARE))
    for load in loads:
        yield HostSessionPlan(part=PART, entry=entry, workload=load, seconds=seconds, repetition=0)
