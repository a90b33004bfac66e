"""The plan of dispatching result types: targets, arms, tasks, processes and slices."""

from dataclasses import dataclass

from django import VERSION

from taskgauge.suites.run_control.options import Options
from taskgauge.suites.shapes.arms import EVERYONE
from taskgauge.suites.shapes.time.rounds import START
from taskgauge.suites.shapes.variants import BASELINE, CONTROL

SLICE = {"reference-immediate": 400, "reference-memory": 150, "reference-process": 70}
"""The tasks of a slice, by target: they take about 15 ms on a slow machine. The number is fixed, so that it is the same
in all runs and on a busy machine."""
COMPARED = "namedtuple"
"""The arm that a claim compares with the baseline."""
TURNS = 10
"""The equal parts of the tasks at scale."""
_SETS = 1.2
"""The sets for each of the scale's processes; in a set, every arm has a process of its own."""
_FEWEST_SETS = 2
"""The fewest sets, also in a quick run: a row of one process would not be preferred to a row at scale."""
_SHARE = 5 / 6
"""The slices of an arm in a set, for each of the scale's slices. They are 30 times as long as those of an operation."""
_SLICE_SECONDS = 0.018
"""The seconds of a slice, with its checks."""
_STOP = 0.1
"""The seconds until a session has stopped its backend and has ended."""
_WORKER = 0.5
"""The seconds until a worker process has started."""
_TASK = {"reference-immediate": 4e-5, "reference-memory": 9e-5, "reference-process": 2.2e-4}
"""The seconds of a task at scale, with its checks, by target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The comparison of arms on one target: sets of living processes, one an arm, that dispatch slices in turn."""

    target: str
    arms: tuple[str, ...]
    sets: int
    slices: int
    """The slices of an arm in a set."""

    @property
    def tasks(self) -> int:
        """The tasks of a slice."""
        return SLICE[self.target]

    @property
    def pinned(self) -> bool:
        """True if all processes run on one processor: a backend that runs tasks in its own process needs no more."""
        return self.target != "reference-process"

    @property
    def seconds(self) -> float:
        """The predicted seconds."""
        start = START + _STOP + _WORKER * (self.target == "reference-process")
        return self.sets * len(self.arms) * (start + (self.slices + 1) * _SLICE_SECONDS)

    def __str__(self) -> str:
        return self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class AtScale:
    """Many tasks of the baseline and of another arm on one target, all kept, in two processes."""

    target: str
    arm: str
    tasks: int
    """The tasks of each arm."""
    number: int = 0
    """The number of this pair of processes among those of the target."""

    @property
    def arms(self) -> tuple[str, ...]:
        """The baseline and the other arm."""
        return tuple(dict.fromkeys((BASELINE, self.arm)))

    @property
    def turns(self) -> int:
        """The number of turns of each arm."""
        return min(TURNS, self.tasks)

    @property
    def together(self) -> bool:
        """True if both arms run at the same time: a backend that runs tasks in its own process uses one processor."""
        return self.target != "reference-process"

    @property
    def seconds(self) -> float:
        """The predicted seconds."""
        alone = START + _WORKER + self.tasks * _TASK[self.target]
        return alone if self.together else alone * len(self.arms)

    def __str__(self) -> str:
        return f"{self.target}-{self.arm}-{self.tasks}"


def slices(options: Options) -> list[Slices]:
    """Return the comparisons, one a target; the number of sets is fixed before anything is measured."""
    scale = options.scale
    return [
        Slices(
            target=target,
            arms=options.arms or (EVERYONE if scale.name == "full" else (BASELINE, CONTROL, COMPARED)),
            sets=max(_FEWEST_SETS, round(scale.processes * _SETS)),
            slices=max(1, round(scale.slices * _SHARE)),
        )
        for target in SLICE
    ]


def at_scale(options: Options) -> list[AtScale]:
    """Return what is dispatched at scale: on one target, or at all sizes on all targets in a run without limits."""
    full = options.scale.name == "full"
    arms = options.arms or (EVERYONE if full else (BASELINE, COMPARED))
    others = [arm for arm in arms if arm not in {BASELINE, CONTROL}]
    return [
        AtScale(target=target, arm=arm, tasks=tasks, number=number)
        for target in (SLICE if full else ("reference-memory",))
        for number, arm in enumerate(others or [BASELINE])
        for tasks in (options.scale.growth if full else (options.scale.tasks,))
    ]


def left_out(target: str) -> str | None:
    """Return the reason why nothing can be compared on a target, or None."""
    if target == "reference-process" and VERSION < (6, 1):
        return "N/A: Django 6.0 cannot pickle a Task, and the baseline holds it in every result"
    return None
