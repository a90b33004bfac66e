"""A session as its trace tells it: the figures, the fault and the counts that an order of targets needs."""

from taskgauge.reports.metrics.bindings import binding
from taskgauge.reports.metrics.deliveries import delivery
from taskgauge.reports.metrics.latencies import kept_up
from taskgauge.reports.metrics.session_figures import COMPLETE, COUNTS, columns, fault, figures
from taskgauge.reports.metrics.stability import instability
from taskgauge.reports.run_folder.sessions import Session
from taskgauge.reports.run_folder.traces import Trace


def session(trace: Trace) -> Session:
    """Return the session of a trace; one that was cut short has no counts.

    A session whose headline is a count is never unstable: the count does not depend on the speed of the machine, and
    its row shows no times.
    """
    fate = delivery(trace) if trace.header.ending in COMPLETE else None
    bound = binding(trace)
    headline = columns(trace.header.part, trace.header.workload)[0]
    return Session(
        header=trace.header,
        figures=figures(trace),
        fault=fault(trace),
        kept_up=trace.header.workload.arrival != "rate" or kept_up(trace),
        bound=bound.name if bound else "",
        bound_share=bound.share if bound else 0.0,
        unstable="" if headline in COUNTS else instability(trace),
        enqueued=fate.enqueued if fate else 0,
        ran=fate.ran if fate else 0,
        left=fate.left if fate else 0,
    )
