"""The tables of sessions in which several hosts sent or ran tasks: a row for each host, and the rates that add up."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.metrics.host_rates import binding, clock_step, combined_rate, offset_error, under_offered
from taskgauge.reports.metrics.latencies import enqueue_times, microseconds, start_times
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.traces import Agent, Trace

_WORDS = (
    "Each host times its own calls by its own clock. Clocks of two hosts are never subtracted, except by offsets that "
    "messages there and back gave before and after the window; such a time has its error behind ±. Rates add only "
    "where the windows of all producers overlap. A producer that sent less than was due on it gives no rate, and "
    "neither does a clock that stepped. Producers and workers of different hosts take no place in any order."
)
_LARGEST_ERROR = 0.1
"""The share of a median time that its error may have, or else the time is withheld."""


def host_sections(analyses: Sequence[Analysis]) -> Iterator[Section]:
    """Yield the section of sessions of several hosts, if a run has any."""
    tables = [table for analysis in analyses for table in _tables(analysis)]
    if tables:
        part = analyses[0].run.registry.over(analyses[-1].run.registry).part("producers")
        yield Section(title=part.title, paragraphs=(_WORDS,), tables=tuple(tables))


def _tables(analysis: Analysis) -> Iterator[Table]:
    traces = [trace for trace in analysis.run.traces if trace.header.agent is not None]
    alone: dict[tuple[str, float | None], float] = {}
    for _, group in groupby(sorted(traces, key=_session), key=_session):
        session = list(group)
        header = session[0].header
        rate = combined_rate(session)
        notes = [f"Together: no rate: {rate.reason}."]
        if rate.rate is not None:
            pace, times = (header.target, header.workload.rate), ""
            if header.workload.producing_hosts == 1:
                alone[pace] = rate.rate
            elif pace in alone:
                times = f" ({rate.rate / alone[pace]:.2f} times the rate of one host)"
            exact = f" ± {numbers.value(rate.error * 1e3)} ms" if rate.error else ""
            overlap = f"{rate.overlap:.2f} s{exact}, {rate.share:.0%} of the shortest window"
            notes = [f"Together: {numbers.value(rate.rate)} tasks/s{times}, where all windows overlap: {overlap}."]
        if header.workload.rate is None and (bound := binding(session)):
            notes.append(f"The bound of the rate: {bound}.")
        yield Table(
            caption=f"{header.target}, {_workload(session)}: {analysis.label}",
            headers=(
                "Host",
                "Workers",
                "Due",
                "Sent",
                "Kept up",
                "Sent (tasks/s)",
                "enqueue() p50 (µs)",
                "enqueue() p99 (µs)",
                "enqueue() to start on this host p50 (µs)",
                "enqueue() to start on other hosts p50 (µs)",
                "Clock",
            ),
            rows=tuple(_row(trace) for trace in session),
            notes=tuple(notes),
        )


def _session(trace: Trace) -> tuple[object, ...]:
    return trace.header.repetition, trace.header.target


def _workload(session: Sequence[Trace]) -> str:
    load = session[0].header.workload
    pace = "unpaced" if load.rate is None else f"{numbers.value(load.rate)} tasks/s each"
    work = f", {load.working_hosts} with workers" if load.working_hosts else ""
    return f"{load.producing_hosts} {'host sends' if load.producing_hosts == 1 else 'hosts send'}, {pace}{work}"


def _row(trace: Trace) -> tuple[str, ...]:
    agent = trace.header.agent
    assert agent is not None  # noqa: S101 -- only such traces come here
    calls = microseconds("enqueue", enqueue_times(trace))
    local = microseconds("start", start_times(trace, intended=False))
    fault = under_offered(trace)
    paced = trace.header.workload.rate is not None
    sent = f"{agent.sent / agent.seconds:,.1f}" if agent.sent and agent.seconds else ""
    return (
        agent.host,
        str(agent.workers or ""),
        f"{agent.offered:,}" if paced and agent.offered else "",
        f"{agent.sent:,}" if agent.sent else "",
        ("no" if fault else "yes") if paced and agent.offered else "",
        sent,
        _value(calls.get("enqueue-p50")),
        _value(calls.get("enqueue-p99")),
        _value(local.get("start-p50")),
        _elsewhere(agent),
        _clock(agent),
    )


def _value(value: float | None) -> str:
    return "" if value is None else numbers.value(value)


def _elsewhere(agent: Agent) -> str:
    middle = microseconds("start", agent.elsewhere).get("start-p50")
    if middle is None:
        return ""
    error = agent.elsewhere_error / 1e3
    if error > _LARGEST_ERROR * middle:
        return f"withheld: ± {numbers.value(error)} is more than a tenth of it"
    return f"{numbers.value(middle)} ± {numbers.value(error)}"


def _clock(agent: Agent) -> str:
    if agent.before is None or agent.after is None:
        return "not known"
    if step := clock_step(agent):
        return f"stepped by {step:+.3f} s"
    return f"± {numbers.value(offset_error(agent) / 1e6)} ms"
