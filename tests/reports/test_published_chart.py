"""The published chart: its rows, its formula, the worth of each difference, and the claims on its order."""

from array import array
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.claim import Claim, read_claims
from taskgauge.reports.judging.claims.verdict import ClaimOutcome, judge
from taskgauge.reports.judging.published_chart import BARS, BY_TARGET, Step, at_step, change, formula_rate, rates
from taskgauge.reports.judging.standings import Spread, Standing
from taskgauge.reports.metrics.comparison import Rows
from taskgauge.reports.metrics.session_figures import columns, figures
from taskgauge.reports.pages.bench.chart_tables import chart_tables
from taskgauge.reports.pages.bench.settings_tables import settings_tables
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.traces import Header, Trace, Workload, empty_times

SECOND = 1_000_000_000
RUN = RunFolder(path=Path(), provenance={}, python="3.14.8", django="6.1.3", parts=(), samples=(), answers=())
CHART = {"arrival": "backlog", "row": "chart"}
PLACES = tuple(bar.target for bar in BARS)


def row(target: str, step: Step, *values: float, tasks: int = 20_000) -> Standing:
    """A row of a target with one rate for each session."""
    flags: dict[Step, dict[str, bool]] = {
        "logging": {"in_memory": True, "silenced": True},
        "disk": {"silenced": True},
    }
    load: Any = {**CHART, **flags.get(step, {"in_memory": True})}
    return Standing(
        part="chart",
        contract="store",
        workload=Workload(tasks=tasks, **load),
        target=target,
        is_floor=False,
        sessions=len(values),
        spreads={"drain-rate": Spread(values=values)},
        counts="",
        faults=(),
        partial=(),
    )


def started(target: str, tasks: int, seconds: float) -> Standing:
    """A row of the recipe that took so many seconds from the start of the command."""
    return replace(row(target, "recipe", 1.0, tasks=tasks), spreads={"chart-seconds": Spread(values=(seconds,))})


@pytest.mark.parametrize(("bar", "own"), [("threadmill@redis", 120_000), ("django-tasks-rq@redis", 5_000)])
def test_rows_are_found_by_their_depth(bar: str, own: int) -> None:
    """The recipe has the queue's own depth, and the next step the depth of all."""
    standings = [row(bar, "recipe", 1.0, tasks=tasks) for tasks in (20_000, own, 1)]
    found = {step: at_step(standings, bar, step) for step in ("start", "recipe", "depth")}  # type: ignore[arg-type]

    assert {step: entry and entry.workload.tasks for step, entry in found.items()} == {
        "start": 1,
        "recipe": own,
        "depth": 20_000,
    }
    assert at_step(standings, bar, "disk") is None
    assert at_step(standings, "huey@redis", "recipe") is None


def test_one_row_for_two_steps() -> None:
    """A queue that has the depth of all in the chart is not measured twice."""
    standings = [row("django-tasks-db@sqlite", "recipe", 1.0, tasks=tasks) for tasks in (1, 20_000)]
    recipe, depth = (at_step(standings, "django-tasks-db@sqlite", step) for step in ("recipe", "depth"))  # type: ignore[arg-type]

    assert recipe is depth is standings[1]


def test_the_formula() -> None:
    """Tasks by the difference of both times; a start that takes longer than the drain gives no rate."""
    recipe, start = started("huey", 20_000, 12.0), started("huey", 1, 2.0)

    assert formula_rate(recipe, start) == pytest.approx(2_000)
    assert formula_rate(start, recipe) is None
    assert formula_rate(recipe, None) is None
    assert formula_rate(replace(recipe, hidden="no figure"), start) is None


def test_seconds_of_a_command() -> None:
    """The time ends with the command if it ends by itself, else with the last finish; a cut session has none."""
    load = Workload(tasks=4, **CHART)  # type: ignore[arg-type]
    header = Header(
        part="chart",
        target="huey",
        repetition=0,
        workload=load,
        contract="store",
        ending="all ran",
        worker_begin=SECOND // 2,
        worker_end=6 * SECOND,
    )
    ended = Trace(
        header=header,
        intended=empty_times(4),
        enqueue_begin=array("q", [1, 2, 3, 4]),
        enqueue_end=array("q", [1, 2, 3, 4]),
        started=array("q", (SECOND * number for number in range(1, 5))),
        finished=array("q", (SECOND * number for number in range(2, 6))),
    )
    running = replace(ended, header=replace(ended.header, worker_end=0))
    one = replace(ended, header=replace(ended.header, workload=replace(load, tasks=1)))

    assert figures(ended)["chart-seconds"] == pytest.approx(5.5)
    assert figures(running)["chart-seconds"] == pytest.approx(4.5)
    assert "chart-seconds" not in figures(replace(ended, header=replace(ended.header, ending="box")))
    assert figures(one).keys() == {"chart-seconds"} == set(columns("chart", one.header.workload))


def test_a_change_needs_sessions_and_ranges_apart() -> None:
    """Four sessions have no order, nor have ranges that overlap; a missing figure is said."""
    slow, fast = Spread(values=(1.0, 2.0, 3.0, 2.0, 2.0)), Spread(values=(4.0, 5.0, 6.0, 4.0, 4.0))

    assert change(slow, fast) == "x 2.00"
    assert "no order" in change(slow, Spread(values=(3.0, 4.0, 5.0, 4.0, 4.0)))
    assert "4 of 5 sessions" in change(slow, Spread(values=fast.values[:4]))
    assert change(slow, None) == "not measured"


def claim(name: str) -> Claim:
    """Return a claim of the project."""
    return next(entry for entry in read_claims() if entry.id == name)


def in_order(step: Step, *targets: str, sessions: int = 5) -> list[Standing]:
    """Rows in which each target is twice as fast as the next one."""
    return [row(target, step, *[1_000.0 / 2**place] * sessions) for place, target in enumerate(targets)]


def outcome(name: str, standings: list[Standing]) -> ClaimOutcome:
    """Return the verdict on a claim."""
    return judge(claim(name), RUN, Rows((), RUN.registry, Path()), standings).word


@pytest.mark.parametrize(("name", "step"), [("published-chart", "recipe"), ("published-chart-alike", "disk")])
def test_the_claims_on_the_order(name: str, step: Step) -> None:
    """The published order holds, its opposite contradicts it, and few or unsteady sessions decide nothing."""
    held = in_order(step, *PLACES)
    overlapping = [row(target, step, 1.0, 2.0, 3.0, 2.0, 2.0) for target in PLACES]
    unstable = [replace(entry, unstable="unstable: 1 of 5 sessions") for entry in held]
    hidden = [replace(entry, hidden="no figure: of 10 tasks 1 lost") for entry in held]

    assert outcome(name, held) is ClaimOutcome.HOLDS
    assert outcome(name, in_order(step, *reversed(PLACES))) is ClaimOutcome.CONTRADICTED
    assert outcome(name, in_order(step, *PLACES[1:], PLACES[0])) is ClaimOutcome.MIXED
    for undecided in (in_order(step, *PLACES, sessions=4), overlapping, unstable, hidden, []):
        assert outcome(name, undecided) is ClaimOutcome.NOT_MEASURED
    other = "recipe" if step == "disk" else "disk"
    assert outcome(name, in_order(other, *PLACES)) is ClaimOutcome.NOT_MEASURED


def test_the_published_figures_are_in_the_published_order() -> None:
    """The claims compare the neighbours of the chart."""
    pairs = [(order.arm, order.baseline) for order in claim("published-chart").orders]

    assert [bar.published for bar in BARS] == sorted((bar.published for bar in BARS), reverse=True)
    assert pairs == list(pairwise(PLACES))
    assert set(PLACES) == set(BY_TARGET)


def test_hidden_rows_have_no_rate() -> None:
    """A row without a conforming history gives the chart no figure."""
    shown = row("huey", "recipe", 1.0)

    assert rates(shown) == shown.spreads["drain-rate"]
    assert rates(replace(shown, hidden="no figure: of 10 tasks 1 lost")) is None
    assert rates(None) is None


def test_the_tables() -> None:
    """Every bar has a row, whatever was measured, and the published figure is beside ours."""
    analysis = Analysis(run=RUN, label="a run", verdicts=(), measurements=(), controls=(), growths=(), faults=())
    figures_table, changes = chart_tables(analysis, in_order("recipe", "threadmill@redis"), several=False)

    assert [cells[2] for cells in figures_table.rows] == [f"{bar.published:,}" for bar in BARS]
    assert figures_table.rows[0][4].startswith("1,000")
    assert {cells[4] for cells in figures_table.rows[1:]} == {"not measured"}
    assert "19,954" in " ".join(figures_table.notes)
    assert len(changes.rows) == len(BARS)
    assert list(chart_tables(analysis, [replace(row("a", "disk", 1.0), part="throughput")], several=False)) == []


def test_settings_of_both_stores() -> None:
    """The settings of the recipe and of the store on disk are two rows; no sentence hides another one of its page."""
    url = "https://example.org/recipe"
    standings = [
        replace(row(target, step, 1.0), resolved={"NAME": f"'{step}'"}, links={url: f"The words of {target}."})
        for target in ("huey", "celery")
        for step in ("recipe", "disk")
    ]
    [table] = settings_tables("Chart", standings)  # type: ignore[arg-type]

    assert {(cells[1], cells[3]) for cells in table.rows} == {
        ("chart, in memory", "'recipe'"),
        ("chart, on disk", "'disk'"),
    }
    assert all(any(f"The words of {target}." in note for note in table.notes) for target in ("huey", "celery"))
