"""The published chart of task queues: its bars, and the figures of the part `chart` that stand beside them.

The chart is in threadmill's README. It divides the waiting tasks by the difference of two times: from the start of the
worker's command to the end, with all tasks and with one task.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from taskgauge.reports.judging.standings import SESSIONS, Spread, Standing

PART = "chart"
SOURCE = "https://github.com/codingjoe/threadmill/tree/d8270af5a411dd68344fe53049651324d8ede9b4/benchmarks"
FREE_THREADED = 19_954
"""The tasks a second of the chart's first bar, which is left out: its interpreter is another one."""
SAME_DEPTH = 20_000
"""The waiting tasks of all queues under equal conditions: the depth of four of the six bars."""

type Step = Literal["start", "recipe", "depth", "logging", "disk"]
STEPS: tuple[Step, ...] = ("recipe", "depth", "logging", "disk")
"""The recipe, and what is made equal one after another: the depth, then the logging, then a store on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of the chart."""

    name: str
    target: str
    published: int
    """The published tasks a second."""
    tasks: int
    """The tasks that wait before the worker starts."""


BARS = (
    Bar(name="Threadmill (GIL)", target="threadmill@redis", published=9_215, tasks=120_000),
    Bar(name="dramatiq", target="yardstick-dramatiq@redis", published=7_251, tasks=SAME_DEPTH),
    Bar(name="huey", target="yardstick-huey@redis", published=6_254, tasks=SAME_DEPTH),
    Bar(name="celery", target="yardstick-celery-threads@redis", published=2_497, tasks=SAME_DEPTH),
    Bar(name="django-tasks-db", target="django-tasks-db@sqlite", published=1_814, tasks=SAME_DEPTH),
    Bar(name="django-tasks-rq", target="django-tasks-rq@redis", published=84, tasks=5_000),
)
"""The bars in the published order."""
BY_TARGET = {bar.target: bar for bar in BARS}


def at_step(standings: Iterable[Standing], target: str, step: Step) -> Standing | None:
    """Return the row of a target at a step; None if there is none.

    Small runs have fewer tasks. A target whose own depth is the same as that of all has one row for both steps.
    """
    mine = [row for row in standings if row.part == PART and row.target == target]
    if step in {"logging", "disk"}:
        wanted = [row for row in mine if row.workload.silenced and row.workload.in_memory == (step == "logging")]
        return wanted[0] if wanted else None
    plain = sorted((row for row in mine if not row.workload.silenced), key=lambda row: row.workload.tasks)
    first = plain[0] if plain and plain[0].workload.tasks == 1 else None
    drains = [row for row in plain if row is not first]
    if step == "start" or not drains:
        return first if step == "start" else None
    own_is_deeper = target in BY_TARGET and BY_TARGET[target].tasks > SAME_DEPTH
    return drains[-1] if own_is_deeper == (step == "recipe") else drains[0]


def rates(row: Standing | None) -> Spread | None:
    """Return the rates of a row, from the first start to the last finish; None if it shows no figure."""
    return None if row is None or row.hidden else row.spreads.get("drain-rate")


def formula_rate(recipe: Standing | None, start: Standing | None) -> float | None:
    """Return the rate by the chart's formula, N / (T_N - T_1), from the medians; None if it cannot be had."""
    rows = [row.spreads.get("chart-seconds") if row is not None and not row.hidden else None for row in (recipe, start)]
    if recipe is None or rows[0] is None or rows[1] is None:
        return None
    seconds = rows[0].middle - rows[1].middle
    return recipe.workload.tasks / seconds if seconds > 0 else None


def change(before: Spread | None, after: Spread | None) -> str:
    """Return the ratio of two rates in words; "no order" if their ranges overlap or if sessions are too few."""
    if before is None or after is None:
        return "not measured"
    words = f"x {after.middle / before.middle:.2f}"
    few = min(len(before.values), len(after.values))
    if few < SESSIONS:
        return f"{words}, not ordered: {few} of {SESSIONS} sessions"
    return words if is_apart(before, after) else f"{words}, no order: the ranges overlap"


def is_apart(first: Spread, second: Spread) -> bool:
    """Return True if all values of one are above all of the other."""
    return first.low > second.high or second.low > first.high
