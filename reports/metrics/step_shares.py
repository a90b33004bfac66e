"""Django's share of an enqueue and of an execution, by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgauge.reports.metrics.store_counts import Recorded, phase
from taskgauge.reports.run_folder.traces import PhaseName

DJANGO = ("call", "validation", "normalising", "copying", "objects", "id", "signals", "logging")
"""The steps in functions of Django or of Python's library, which a backend calls as Django's documentation asks."""
OTHERS = ("backend", "driver")
STEPS = (*DJANGO, *OTHERS)
"""All steps in the order of a table; they add up to the whole."""
_NS_PER_US = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """The mean microseconds of each step of one unit, over all sessions of a target."""

    steps: Mapping[str, float]
    whole: float
    """The microseconds of a unit without timers."""

    @property
    def total(self) -> float:
        """The microseconds of all steps."""
        return sum(self.steps.values())

    @property
    def django(self) -> float:
        """The microseconds of Django's steps."""
        return sum(self.steps.get(step, 0.0) for step in DJANGO)


def step_times(sessions: Sequence[Recorded], name: PhaseName) -> StepTimes | None:
    """Return the times of the steps of a phase over these sessions, or None if none of them timed any."""
    phases = [
        entry for session in sessions if (entry := phase(session, name)) is not None and entry.steps and entry.whole
    ]
    units = sum(entry.units for entry in phases)
    if not units:
        return None
    names = dict.fromkeys(step for entry in phases for step in entry.steps)
    steps = {step: sum(entry.steps.get(step, 0.0) for entry in phases) / units / _NS_PER_US for step in names}
    whole = sum((entry.whole or 0.0) * entry.units for entry in phases) / units / _NS_PER_US
    return StepTimes(steps={step: steps[step] for step in STEPS if steps.get(step)}, whole=whole)


def step_figures(session: Recorded) -> dict[str, float]:
    """Return Django's microseconds, and its share in percent, of an enqueue and of an execution."""
    figures: dict[str, float] = {}
    for name in ("enqueue", "execute"):
        times = step_times([session], name)
        if times is not None and times.total:
            figures[f"{name}-django"] = times.django
            figures[f"{name}-share"] = 100 * times.django / times.total
    return figures
