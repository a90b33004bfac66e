"""One session of several hosts: the driver prepares the store, and an agent on each host sends or runs tasks."""

import time
from array import array
from collections.abc import Callable
from contextlib import ExitStack

from taskgauge.backends.descriptors.errors import DescriptorError
from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.worker import PreparationFailed, prepare
from taskgauge.backends.processes.interruption import Interrupted, Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services import ServiceError, Services, is_given, started
from taskgauge.reports.run_folder.traces import Trace
from taskgauge.suites.cluster.agent import AgentPlan
from taskgauge.suites.cluster.agents import Agents
from taskgauge.suites.cluster.connection import Connection
from taskgauge.suites.cluster.errors import HostGone, SchedulerGone, SessionFailed, StoreNotShared
from taskgauge.suites.cluster.host_records import HostRecords, HostSessionPlan
from taskgauge.suites.sessions.project import write_project

WARM_UP = 20
"""The tasks of each producer that run before the measured tasks."""
_LEAD = 2.0
"""The seconds from the last command until the agreed start."""
_QUIET = 10.0
"""The seconds without a new record after which the workers count as done."""
_LOOK_SECONDS = 0.1


def check_shared(target: Target) -> None:
    """Raise StoreNotShared unless a URL gives every store of a target."""
    if not target.kinds or "sqlite" in target.kinds:
        raise StoreNotShared(target.name, "its store is on one machine; choose a target on a server, such as redis")
    for kind in target.kinds:
        if not is_given(kind):
            raise StoreNotShared(target.name, f"give its {kind} by a URL that all hosts reach")


def run_host_session(
    connection: Connection, plan: HostSessionPlan, noticed: Interruption, keep: Callable[[Trace], object]
) -> str:
    """Run a session and pass the trace of each host to `keep`; return the reason if it is not complete.

    Raise Interrupted and SchedulerGone after the traces are kept.
    """
    hosts, load = connection.hosts, plan.workload
    records = HostRecords(
        plan=plan, producing=hosts[: load.producing_hosts], working=hosts[len(hosts) - load.working_hosts :]
    )
    reason = ""
    try:
        with ExitStack() as stack:
            _run(stack, connection, records, noticed)
            reason = records.fault()
    except (SessionFailed, HostGone, ServiceError, DescriptorError, PreparationFailed) as error:
        records.ending, reason = "failed", " ".join(str(error).split())
    except (Interrupted, SchedulerGone) as error:
        records.ending, reason = "interrupted", str(error)
        raise
    finally:
        for host in records.hosts:
            keep(records.trace(host, reason))
    return reason


def _run(stack: ExitStack, connection: Connection, records: HostRecords, noticed: Interruption) -> None:
    """Run the session to its end, or raise the error of the step that fails."""
    plan, target, load = records.plan, records.plan.entry.target, records.plan.workload
    folder = stack.enter_context(temporary_folder("taskgauge-hosts-"))
    folder.chmod(0o755)
    services = stack.enter_context(started(target.kinds, folder / "services"))
    project = write_project(target, folder / "project", services.placeholders)
    prepare(target.descriptor, project.environment)
    agents = Agents(connection, noticed)
    plans = {
        host: AgentPlan(
            target=plan.entry.argument,
            catalog=str(plan.entry.catalog),
            is_floor=plan.entry.is_floor,
            placeholders=dict(services.placeholders),
            producing=host in records.producing,
            workers=load.workers if host in records.working else 0,
        )
        for host in records.hosts
    }
    stack.enter_context(agents.on(plans))
    agents.ask(records.hosts, "prepare")
    agents.ask(records.working, "work")
    # Tasks have one number in all event logs; those of the warm-up come after all others.
    first = load.tasks * len(records.producing)
    shares = {
        host: {"first": first + WARM_UP * place, "count": WARM_UP} for place, host in enumerate(records.producing)
    }
    agents.ask_each(shares, "warm_up", {})
    _await_workers(agents, records, lambda number: number >= first, WARM_UP * len(records.producing))
    records.before |= {host.name: connection.clock_offset(host) for host in records.hosts}
    before = _store_cpu(services)
    _send(agents, records)
    after = _store_cpu(services)
    records.store_cpu = None if before is None or after is None else after - before
    records.after |= {host.name: connection.clock_offset(host) for host in records.hosts}
    sent = sum(answer["sent"] for answer in records.answers.values())
    _await_workers(agents, records, lambda number: number < first, sent)
    records.ending = "all ran" if records.working else "enqueued"
    agents.ask(records.working, "stop")


def _send(agents: Agents, records: HostRecords) -> None:
    load = records.plan.workload
    begin = time.monotonic_ns() + round(_LEAD * 1e9)
    records.starts |= {host.name: begin + records.before[host.name].ns for host in records.hosts}
    requests = {
        host: {
            "first": place * load.tasks,
            "count": load.tasks,
            "rate": load.rate,
            "start": records.starts[host.name],
            "seconds": records.plan.seconds,
        }
        for place, host in enumerate(records.producing)
    }
    agents.ask_each(requests, "send", records.answers, _LEAD + records.plan.seconds)


def _await_workers(agents: Agents, records: HostRecords, is_counted: Callable[[int], bool], count: int) -> None:
    """Read the event logs until so many tasks finished, or nothing is new for long."""
    finished, changed = -1, time.monotonic()
    while records.working:
        for name, answer in agents.ask(records.working, "events").items():
            records.events[name] = array("q", answer["events"])
        now = sum(map(is_counted, records.finished()))
        if now > finished:
            finished, changed = now, time.monotonic()
        if now >= count or time.monotonic() - changed > _QUIET:
            return
        time.sleep(_LOOK_SECONDS)


def _store_cpu(services: Services) -> float | None:
    known = [service.cpu_seconds() for service in services]
    return known[0] if len(known) == 1 else None
