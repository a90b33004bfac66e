"""The figures of one session by metric; every figure follows from its trace alone."""

from collections.abc import Callable, Mapping

from taskgauge.reports.metrics.bindings import slowdown
from taskgauge.reports.metrics.deliveries import delivery, rate, worker_seconds
from taskgauge.reports.metrics.growth import SIZES, exponents, points, reached
from taskgauge.reports.metrics.host_rates import clock_step, under_offered
from taskgauge.reports.metrics.latencies import enqueue_times, kept_up, microseconds, start_times
from taskgauge.reports.metrics.leaks import block_growth, group_growth, resident_growth, worker_connections
from taskgauge.reports.metrics.orders import inversions, lateness, priority_inversions, starvation
from taskgauge.reports.metrics.step_shares import step_figures
from taskgauge.reports.metrics.store_counts import idle_costs, log_lines_per_task, per_unit
from taskgauge.reports.metrics.usages import cpu_per_thousand, largest_memory
from taskgauge.reports.run_folder.traces import Trace, Workload

COMPLETE = frozenset({"all ran", "enqueued", "box"})
"""The endings of sessions that give figures."""

type Figures = dict[str, float]


def _throughput(trace: Trace) -> Figures:
    thousands, printed = sum(at != 0 for at in trace.finished) / 1_000, trace.header.log_bytes
    log = printed / thousands if thousands and (printed or trace.header.worker_begin) else None
    return _known(
        {
            "drain-rate": rate(trace),
            "worker-cpu": cpu_per_thousand(trace, "workers"),
            "store-cpu": cpu_per_thousand(trace, "store"),
            "worker-memory": largest_memory(trace),
            "log-bytes": log,
            "drain-slowdown": slowdown(trace),
        }
    )


def _enqueue(trace: Trace) -> Figures:
    values, driver = microseconds("enqueue", enqueue_times(trace)), trace.header.driver_ns
    median = values.get("enqueue-p50")
    return {
        **values,
        **_known(
            {
                "loop-stall": _milliseconds(trace.header.stall_ns),
                "heartbeat-resolution": _milliseconds(trace.header.idle_stall_ns),
                "driver-time": driver,
                "driver-share": driver / median / 10 if driver and median else None,
            }
        ),
    }


def _idle(trace: Trace) -> Figures:
    return {**microseconds("start", start_times(trace, intended=False)), **idle_costs(trace)}


def _round_trips(trace: Trace) -> Figures:
    if not trace.header.workload.counted:
        return _throughput(trace)
    enqueue, run = per_unit(trace, "enqueue"), per_unit(trace, "run")
    return _known(
        {
            "task-commands": None if enqueue is None or run is None else enqueue + run,
            "enqueue-commands": enqueue,
            "run-commands": run,
            "result-commands": per_unit(trace, "get_result"),
            "log-lines": log_lines_per_task(trace),
        }
    )


def _chart(trace: Trace) -> Figures:
    seconds = _known({"chart-seconds": worker_seconds(trace)})
    return seconds if trace.header.workload.tasks == 1 else {**_throughput(trace), **seconds}


def _latency(trace: Trace) -> Figures:
    # Late enqueues make any backend look slow or fast: such a session has no latency.
    if not kept_up(trace) or trace.header.workload.rate is None:
        return {}
    load = trace.header.workload
    figures = {**microseconds("start", start_times(trace, intended=True)), "offered-rate": load.rate}
    return _known({**figures, "capacity": 100 * load.rate / load.share if load.share and load.rate else None})


def _order(trace: Trace) -> Figures:
    every, priority, starved = inversions(trace), priority_inversions(trace), starvation(trace)
    return {
        **microseconds("lateness", lateness(trace)),
        **_known(
            {
                "inversions": every.share if every else None,
                "tau": every.tau if every else None,
                "priority-inversions": priority.share if priority else None,
                "starved-share": starved.share if starved else None,
                "starved-seconds": starved.seconds if starved else None,
            }
        ),
    }


def _growth(trace: Trace) -> Figures:
    at_size = {
        f"{operation}-at-{size:.0f}": nanoseconds / 1_000
        for operation, pairs in points(trace).items()
        for size, nanoseconds in pairs
        if size in SIZES
    }
    return {
        **{f"{operation}-exponent": value for operation, value in exponents(trace).items()},
        "reached": float(reached(trace)),
        **at_size,
    }


def _leaks(trace: Trace) -> Figures:
    return _known(
        {
            "leaked-bytes": resident_growth(trace),
            "leaked-blocks": block_growth(trace),
            "group-growth": group_growth(trace),
            "connections": worker_connections(trace),
            "worker-memory": largest_memory(trace),
        }
    )


def _producers(trace: Trace) -> Figures:
    agent = trace.header.agent
    if agent is None or not agent.sent or under_offered(trace) or clock_step(agent):
        return {}
    return {"sent-rate": agent.sent / agent.seconds, **_enqueue(trace)}


_BY_PART: Mapping[str, Callable[[Trace], Figures]] = {
    "throughput": _throughput,
    "enqueue": _enqueue,
    "order": _order,
    "growth": _growth,
    "leaks": _leaks,
    "idle": _idle,
    "latency": _latency,
    "round-trips": _round_trips,
    "overhead": step_figures,
    "chart": _chart,
    "producers": _producers,
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "throughput": ("drain-rate", "drain-slowdown", "worker-cpu", "store-cpu", "worker-memory", "log-bytes"),
    "enqueue": (
        *("enqueue-p50", "enqueue-p90", "enqueue-p99", "enqueue-p99.9", "enqueue-max"),
        *("loop-stall", "heartbeat-resolution", "driver-time", "driver-share"),
    ),
    "order": (
        *("inversions", "tau", "priority-inversions", "starved-share", "starved-seconds"),
        *("lateness-p50", "lateness-p90", "lateness-max"),
    ),
    "growth": ("claim-exponent", "enqueue-exponent", "lookup-exponent", "reached"),
    "leaks": ("leaked-bytes", "leaked-blocks", "group-growth", "connections", "worker-memory"),
    "idle": ("start-p50", "start-p90", "start-max", "idle-commands", "idle-cpu", "idle-log"),
    "latency": ("start-p50", "start-p90", "start-p99", "start-max", "offered-rate", "capacity"),
    "round-trips": (
        "task-commands",
        "enqueue-commands",
        "run-commands",
        "result-commands",
        "log-lines",
        "drain-rate",
        "worker-cpu",
        "store-cpu",
    ),
    "overhead": ("enqueue-django", "enqueue-share", "execute-django", "execute-share"),
    "chart": ("drain-rate", "chart-seconds", "worker-cpu", "store-cpu", "worker-memory", "log-bytes"),
    "producers": ("sent-rate", "enqueue-p50", "enqueue-p99", "enqueue-max"),
}
"""The metrics of each part in the order of its tables."""
COUNTS = frozenset({"task-commands", "enqueue-commands", "run-commands", "result-commands", "idle-commands"})
"""The metrics that need the counters of the store."""
_COUNTED = 5
"""The first metrics of `round-trips` are of sessions that count, and the others of sessions with a rate."""


def columns(part: str, load: Workload) -> tuple[str, ...]:
    """Return the metrics of a workload in the order of its table; the first one decides the order of targets."""
    names = COLUMNS[part]
    if part == "chart" and load.tasks == 1:
        return ("chart-seconds",)
    if part != "round-trips":
        return names
    return names[:_COUNTED] if load.counted else names[_COUNTED:]


def fault(trace: Trace) -> str:
    """Return a phrase on a history that does not conform, which forbids all figures of its session; else empty."""
    complete_or_quiet = trace.header.ending in COMPLETE or trace.header.ending == "quiet"
    return delivery(trace).fault if complete_or_quiet and trace.header.workload.arrival != "calls" else ""


def figures(trace: Trace) -> Figures:
    """Return the figures of a session; none if it was cut short or its history does not conform."""
    if trace.header.ending not in COMPLETE or fault(trace):
        return {}
    return _BY_PART[trace.header.part](trace)


def _milliseconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1_000_000


def _known(values: Mapping[str, float | None]) -> Figures:
    return {name: value for name, value in values.items() if value is not None}
