"""The tables of parts that measure whole backends: one table for each part and contract."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.standings import Spread, Standing, is_withheld, named_targets
from taskgauge.reports.metrics.session_figures import COUNTS, columns
from taskgauge.reports.pages.bench.chart_tables import chart_tables
from taskgauge.reports.pages.bench.command_tables import command_tables
from taskgauge.reports.pages.bench.session_charts import session_charts
from taskgauge.reports.pages.bench.settings_tables import settings_tables
from taskgauge.reports.pages.bench.shape_tables import shape_tables
from taskgauge.reports.pages.bench.spread_cells import NOTE, range_cell, spread_cell
from taskgauge.reports.pages.bench.step_tables import step_tables
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.commands import target_command
from taskgauge.reports.run_folder.registry import Registry
from taskgauge.reports.run_folder.traces import Workload

_WORDS = {
    "throughput": (
        "All tasks are enqueued before a worker starts; a target that cannot wait gets a burst. The clock runs from "
        "the first start to the last finish, or to the end of the box; the event log is the only source. A session "
        "without a conforming history has no rate. A share of a limit above 100 % is its spread between two samples."
    ),
    "enqueue": (
        "The time of the call alone. No worker command runs; a target without one, such as a pool of threads, runs "
        "tasks meanwhile or in the call itself. In a transaction, the commit comes after the call and is not in "
        "its time. The longest stall of the event loop is the longest time for which a coroutine that wakes each "
        "millisecond did not run while others awaited aenqueue(); an idle loop's stall is its resolution. The "
        "producer's own work is what its loop takes for each task with a function that does nothing."
    ),
    "order": (
        "All tasks are enqueued before a worker starts. They should start by priority, highest first, then by due "
        "time, then by time of enqueue. Each pair of tasks that starts in another order is an inversion; equal "
        "tasks are no pair. Few tasks with priority -100, or on a second queue, are enqueued before all others: "
        "first come, first served starts them at once (0 %), strict priority starts them last (100 %). Deferred "
        "tasks are enqueued while a worker runs. A target that declares no priorities, deferral or queues has a "
        "row that says so."
    ),
    "growth": (
        "At each size, 100 tasks are enqueued while no worker runs, results are looked up, and a worker claims "
        "tasks. A claim is the time from one start to the next: claim, execution and finish of a task that does "
        "nothing. An exponent of 0 is flat, 1 grows as the size does. Waiting tasks, kept results and the "
        "progress of one drain are three rows. Measuring stops when the box of seconds is over; the largest size "
        "is what was reached."
    ),
    "leaks": (
        "A worker drains tasks that do nothing. Every 20th task of a process notes the resident memory and the "
        "allocated blocks of its process. The growth is the median slope over all pairs of notes after the first 30 % "
        "of its tasks; a process that runs one task alone has none. The memory of all workers is sampled from outside "
        "once a second. Connections are counted at the store's own process (for SQLite, as open files of workers), "
        "without those that were open before a worker ran."
    ),
    "idle": (
        "The time from the begin of enqueue() to the start of the task, where the worker has nothing else to do. "
        "Before it, in a window in which nothing is enqueued, the costs of the idle worker are counted; they are shown "
        "for an hour of one worker process."
    ),
    "latency": (
        "An open loop: tasks are due at fixed times, and each time counts from the intended time, not from the call. "
        "A session in which the producer did not keep up gives no figure. The capacity comes from a search of the same "
        "run, with a bounded number of sessions: the highest rate at which 99 % of the tasks start within 1 s and a "
        "poll interval, and the backlog does not grow."
    ),
    "round-trips": (
        "The statements, commands or messages that the store gets for one task, counted by the store itself; for "
        "SQLite, by the connections of producer and worker. Claim and finish are counted between the bodies of two "
        "tasks, so idle looks are not in them. A statement inside of a database function is part of its call; a "
        "command inside of a Redis script or transaction counts by itself. Sessions that count have no rate. The "
        "throughput with a store that is 1 ms away in each direction has a table of its own, if the run measured it."
    ),
    "chart": (
        "The chart of task queues in threadmill's README, by its own recipe and under equal conditions. The recipe is "
        "changed step by step: one depth, then quiet logging, then a store on disk. Queues without django.tasks are "
        "yardsticks and take no place; the claims on the chart compare them."
    ),
    "overhead": (
        "Django's share of a task. Timers stand around the real functions of Django and of the driver, and time is "
        "charged to the step that runs. Timers are on and off in turn; their own cost is taken off, and the whole "
        "without timers stands beside the sum of the steps. The time of the store is wall time. An execution runs from "
        "the end of a task's body to the begin of the next one, so the claim is in it."
    ),
}
_ORDER = (
    "Targets are ordered only within one contract and one workload, from five sessions on, and only where all sessions "
    "of one are better than all sessions of the other. Where one of them is withheld or unstable, they have to be more "
    "than twice as good. Other targets are tied. Floors do the same work without Django."
)


def target_sections(analyses: Sequence[Analysis]) -> Iterator[Section]:
    """Yield a section for each part that measured whole backends."""
    if not analyses:
        return
    pairs = [(analysis, row) for analysis in analyses for row in analysis.standings]
    names = dict.fromkeys(row.part for _, row in pairs)
    for name in names:
        part = analyses[0].run.registry.over(analyses[-1].run.registry).part(name)
        tables: list[Table] = []
        for analysis in analyses:
            mine = [row for row in analysis.standings if row.part == name]
            tables += chart_tables(analysis, mine, several=len(analyses) > 1)
            for (contract, _), rows in groupby(mine, key=lambda row: (row.contract, row.headline)):
                group = list(rows)
                tables.append(_table(analysis, contract, group, several=len(analyses) > 1))
                tables += command_tables(analysis, contract, group, several=len(analyses) > 1)
                tables += step_tables(analysis, contract, group, several=len(analyses) > 1)
            tables += shape_tables(part.title, mine)
            tables += settings_tables(part.title, [row for row in mine if not row.is_floor])
        yield Section(title=part.title, paragraphs=(_WORDS[name], _ORDER), tables=tuple(tables))


def _table(analysis: Analysis, contract: str, rows: Sequence[Standing], *, several: bool) -> Table:
    registry, name = analysis.run.registry, rows[0].part
    possible = columns(name, rows[0].workload)
    uncounted = COUNTS if any(row.not_counted for row in rows) else frozenset()
    metrics = [metric for metric in possible if metric in uncounted or any(metric in row.spreads for row in rows)]
    open_loop = any(row.kept_up for row in rows)
    bound = any(row.bound for row in rows)
    targets = named_targets(rows)
    where = f": {analysis.label}" if several else ""
    caption = f"{registry.part(name).title}, {contract}{where}"
    return Table(
        caption=caption,
        charts=tuple(session_charts(rows, registry, caption, workload_words)),
        headers=(
            "Target",
            "Workload",
            *(_header(metric, registry) for metric in metrics),
            "Tasks",
            *(("Producer kept up",) if open_loop else ()),
            *(("Bound by",) if bound else ()),
            "Sessions",
            "Status",
        ),
        rows=tuple(
            (
                row.target,
                workload_words(row.workload),
                *(_cell_of(row, metric) for metric in metrics),
                row.counts,
                *((row.kept_up,) if open_loop else ()),
                *((row.bound,) if bound else ()),
                str(row.sessions),
                row.status,
            )
            for row in rows
        ),
        commands=(("this table", target_command(registry.part(name), targets, analysis.run.run)),),
        widths=(26, 20, *(16 for _ in metrics), 16, *((10,) if open_loop else ()), *((24,) if bound else ()), 8, 40),
        notes=(
            NOTE,
            *dict.fromkeys(f"{row.target}: {row.versions}." for row in rows if row.versions),
        ),
    )


def workload_words(load: Workload) -> str:
    """Return a workload in words."""
    workers = "" if load.arrival == "calls" else f"{load.workers} worker{'' if load.workers == 1 else 's'}"
    share = f"{load.share} % of its own capacity" if load.share else ""
    size = f"{load.tasks:,} tasks" if load.tasks else ""
    how = {"burst": "a burst", "calls": "calls alone", "waiting": "waiting", "retained": "results kept"}.get(
        load.arrival, ""
    )
    call = load.call if load.call != "enqueue" else ""
    kind = "coroutines" if load.call == "aenqueue" else "threads"
    producers = f"from {load.producers} {kind}" if load.producers > 1 else ""
    payload = f"{load.payload:,} characters each" if load.payload else ""
    kinds = "; ".join(_kinds(load))
    around = "in a transaction" if load.transaction else ""
    row = "as installed" if load.row == "installed" else ""
    where = f"store {load.distance:g} ms away" if load.distance else ""
    row = "as in the chart" if load.row == "chart" else row
    stored = [words for words, is_so in (("in memory", load.in_memory), ("no log", load.silenced)) if is_so]
    words = (
        size,
        workers,
        how,
        share,
        call,
        producers,
        payload,
        kinds,
        around,
        *_shape_words(load),
        row,
        *stored,
        where,
    )
    return ", ".join(filter(None, words))


def _shape_words(load: Workload) -> list[str]:
    words = [] if load.processes is None else [f"{load.processes} processes each"]
    words += [] if load.concurrency is None else [f"{load.concurrency} tasks at once"]
    return words + ([] if load.read_ahead is None else [f"{load.read_ahead} in advance for each"])


def _kinds(load: Workload) -> Iterator[str]:
    """Yield the priorities, queues and deferrals of tasks in words."""
    for name, values in (("priority", load.priorities), ("queue", load.queues)):
        counts = {value: values.count(value) for value in sorted(set(values), key=str)}
        if len(counts) == 2:
            value, count = min(counts.items(), key=lambda pair: pair[1])
            yield f"{count} of {len(values):,} with {name} {value}"
        elif counts:
            yield f"{name} {min(values)} to {max(values)}"
    if load.deferrals:
        yield f"deferred by {min(load.deferrals):g} to {max(load.deferrals):g} s"


def _header(metric: str, registry: Registry) -> str:
    entry = registry.metric(metric)
    return f"{entry.title} ({entry.unit})"


def _cell_of(row: Standing, metric: str) -> str:
    if row.not_counted and metric in COUNTS:
        return "not counted"
    return _cell(row.spreads.get(metric), withheld=is_withheld(row, metric))


def _cell(spread: Spread | None, *, withheld: bool) -> str:
    if spread is None:
        return ""
    return range_cell(spread) if withheld else spread_cell(spread)
