"""Fits a run of whole backends into a budget of seconds: it drops parts, then targets, and never repetitions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from taskgauge.backends.errors import WrongUse
from taskgauge.reports.run_folder.registry import Part
from taskgauge.reports.run_folder.run_file import NotMeasured
from taskgauge.suites.cli.bench_survey import Planned
from taskgauge.suites.run_control.display import duration
from taskgauge.suites.run_control.options import Options


class BudgetTooSmall(WrongUse):
    """The budget does not allow one part of one target."""

    def __init__(self, budget: float, part: str, target: str, needed: float) -> None:
        super().__init__(
            f"--budget {duration(budget)} is too small: part {part} of {target} alone needs {duration(needed)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The parts and targets that a budget drops from a plan."""

    parts: tuple[str, ...] = ()
    """The dropped parts."""
    targets: tuple[str, ...] = ()
    """The dropped targets."""


def within(
    planned: Sequence[Planned], options: Options, budget: float
) -> tuple[tuple[Part, ...], Options, tuple[NotMeasured, ...]]:
    """Return the parts and the options of a run that fits into `budget` seconds, and what it leaves out for that.

    Raise BudgetTooSmall.
    """
    from taskgauge.suites.sessions.plan import measured  # noqa: PLC0415 -- imports Django, which is slow

    entries = measured(options.targets)
    fitted = fit(planned, budget, frozenset(entry.target.name for entry in entries if not entry.is_named))
    kept = tuple(entry.argument for entry in entries if entry.is_named and entry.target.name not in fitted.targets)
    reason = f"the budget of {duration(budget)}"
    return (
        tuple(plan.part for plan in planned if plan.part.name not in fitted.parts),
        replace(options, targets=kept),
        tuple(NotMeasured(what=name, why=reason) for name in (*fitted.parts, *fitted.targets)),
    )


def fit(planned: Sequence[Planned], budget: float, floors: frozenset[str]) -> Fitted:
    """Return what to drop from a plan, so that it fits into `budget` seconds.

    The last part goes first, until one part is left; then the target that takes longest. No floor is dropped here.
    Raise BudgetTooSmall if not even one target is left.
    """
    kept = [plan for plan in planned if plan.items]
    parts: list[str] = []
    while len(kept) > 1 and _seconds(kept) > budget:
        parts.append(kept.pop().part.name)
    targets: list[str] = []
    while kept and _seconds(kept) > budget:
        by_target = _by_target(kept)
        able = {name: seconds for name, seconds in by_target.items() if name not in floors}
        dearest = max(able, key=lambda name: able[name], default="")
        if len(able) < 2:
            raise BudgetTooSmall(budget, kept[0].part.name, dearest or "its floors", _seconds(kept))
        targets.append(dearest)
        kept = [plan.without(dearest) for plan in kept]
    return Fitted(parts=tuple(parts), targets=tuple(targets))


def _seconds(planned: Sequence[Planned]) -> float:
    return sum(plan.seconds for plan in planned)


def _by_target(planned: Sequence[Planned]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for plan in planned:
        for item, target in plan.targets.items():
            seconds[target] = seconds.get(target, 0.0) + plan.items[item]
    return seconds
