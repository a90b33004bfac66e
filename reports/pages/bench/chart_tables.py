"""The tables of the part `chart`: the published figures beside ours, and what each difference is worth."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.published_chart import (
    BARS,
    FREE_THREADED,
    PART,
    SOURCE,
    STEPS,
    Bar,
    Step,
    at_step,
    change,
    formula_rate,
    rates,
)
from taskgauge.reports.judging.standings import Spread, Standing
from taskgauge.reports.pages.bench.spread_cells import NOTE, spread_cell
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.commands import target_command

_LEFT_OUT = (
    f"The bar Threadmill ({FREE_THREADED:,}) is left out. It is threadmill on a free-threaded interpreter, which the "
    "supported systems do not package: it compares interpreters, and not queues."
)
_PUBLISHED = (
    f"Published is the chart of {SOURCE}: one run each, on its author's machine. Absolute rates of two machines do not "
    "compare, and the order of bars does."
)
_DIFFERENCES = (
    (
        "Clock: the chart divides the tasks by the time with all tasks less the time with one task, from the "
        "start of the command to its end or to a last task, so the difference of two starts and stops is in it. "
        "First start to last finish is free of both."
    ),
    (
        "Depth: threadmill has 120,000 waiting tasks in the chart, django-tasks-rq 5,000, and others 20,000. A "
        "deep queue costs more for each task on some stores, and hides the start."
    ),
    (
        "Logging: the words of the chart silence all workers but threadmill's, which prints two lines of JSON a "
        "task at any verbosity, and dramatiq's, which logs no tasks. Here no process makes a record below an "
        "error."
    ),
    (
        "Store: the chart's django-tasks-db has SQLite in the memory of the process that runs the benchmark, and "
        "runs its worker there. Redis has no append-only file. On disk, SQLite is a file with a worker process, "
        "and Redis syncs an append-only file each second."
    ),
    (
        "Threads: threadmill, celery, dramatiq and huey run 4 threads, django-tasks-db and django-tasks-rq one. "
        "The shape of a worker is part of the recipe and stays as it is; the part throughput compares shapes."
    ),
    (
        "The contract differs: django-tasks-db commits to SQLite, the others rely on Redis. The chart puts them "
        "into one order, and other tables of this report do not."
    ),
    (
        "Each task also writes two records to the event log, which the chart has not. In the chart the status of "
        "the last task alone is checked; here each task is in the event log exactly once."
    ),
)
_HEADERS: dict[Step, str] = {
    "recipe": "Recipe: first start to last finish",
    "depth": "One depth, too",
    "logging": "Quiet, too",
    "disk": "On disk, too",
}
_CHANGES: tuple[tuple[Step, Step, str], ...] = (
    ("recipe", "depth", "Depth"),
    ("depth", "logging", "Logging"),
    ("logging", "disk", "Store"),
)


def chart_tables(analysis: Analysis, rows: Sequence[Standing], *, several: bool) -> Iterator[Table]:
    """Yield the chart with our figures, and the differences; nothing without rows of the part."""
    if not any(row.part == PART for row in rows):
        return
    part = analysis.run.registry.part(PART)
    where = f": {analysis.label}" if several else ""
    measured = [bar.target for bar in BARS if any(row.target == bar.target for row in rows)]
    commands = (("this table", target_command(part, measured, analysis.run.run)),)
    yield Table(
        caption=f"{part.title}: published and measured (tasks/s){where}",
        headers=("Queue", "Target", "Published", "Recipe, its formula", *(_HEADERS[step] for step in STEPS), "Tasks"),
        rows=tuple(_figures(bar, rows) for bar in BARS),
        commands=commands,
        notes=(_PUBLISHED, _LEFT_OUT, NOTE),
        widths=(16, 26, 10, 12, *(18 for _ in STEPS), 16),
    )
    yield Table(
        caption=f"{part.title}: what each difference is worth{where}",
        headers=("Queue", "Clock", *(title for _, _, title in _CHANGES), "Recipe to equal conditions"),
        rows=tuple(_changes(bar, rows) for bar in BARS),
        commands=commands,
        notes=_DIFFERENCES,
        widths=(16, 16, *(24 for _ in _CHANGES), 24),
    )


def _figures(bar: Bar, rows: Sequence[Standing]) -> tuple[str, ...]:
    steps = [at_step(rows, bar.target, step) for step in STEPS]
    by_formula = formula_rate(steps[0], at_step(rows, bar.target, "start"))
    depths = dict.fromkeys(f"{row.workload.tasks:,}" for row in steps if row is not None)
    return (
        bar.name,
        bar.target,
        f"{bar.published:,}",
        "not measured" if by_formula is None else numbers.value(by_formula),
        *(_cell(rates(row), row) for row in steps),
        ", then ".join(depths),
    )


def _cell(spread: Spread | None, row: Standing | None) -> str:
    if spread is None:
        return "not measured" if row is None else row.hidden or "not measured"
    return spread_cell(spread)


def _changes(bar: Bar, rows: Sequence[Standing]) -> tuple[str, ...]:
    by_step = {step: at_step(rows, bar.target, step) for step in STEPS}
    recipe = rates(by_step["recipe"])
    by_formula = formula_rate(by_step["recipe"], at_step(rows, bar.target, "start"))
    clock = "not measured" if recipe is None or by_formula is None else f"x {recipe.middle / by_formula:.2f}"
    return (
        bar.name,
        clock,
        *(_change(by_step[before], by_step[after]) for before, after, _ in _CHANGES),
        change(recipe, rates(by_step["disk"])),
    )


def _change(before: Standing | None, after: Standing | None) -> str:
    if before is after is not None:
        return "the same"
    return change(rates(before), rates(after))
