"""What one run was asked for: scale, arms, verbs, seed, run folder."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

_COUNT = re.compile(r"(?P<digits>\d[\d_,]*(?:\.\d+)?)(?:e(?P<exponent>\d{1,2}))?(?P<suffix>[kmg]?)", re.IGNORECASE)
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


class CountNotUnderstood(ValueError):
    """A number of tasks that is none, or not above zero."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no number of tasks: give a whole number above 0, such as 100_000, 1e6 or 1M")


def parse_count(text: str) -> int:
    """Read `1000000`, `1_000_000`, `1e6` or `1M` as a whole number above zero.

    Raises CountNotUnderstood for everything else, zero and negative numbers included.
    """
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        raise CountNotUnderstood(text)
    mantissa = match["digits"].replace("_", "").replace(",", "")
    whole, _, fraction = mantissa.partition(".")
    power: int = 10 ** int(match["exponent"] or 0)
    fractions: int = 10 ** len(fraction)
    count, rest = divmod(int(whole + fraction) * power * _SUFFIXES[match["suffix"].lower()], fractions)
    if rest or count < 1:
        raise CountNotUnderstood(text)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much one run measures; every number is a count of tasks unless it says otherwise."""

    name: str
    """`default`, `quick` or `full`."""
    tasks: int
    """What each headline arm holds, collects, pickles and pipes."""
    small: int
    """What everything else is measured at: `tasks`, but never above 100,000 unless the limits are lifted."""
    dispatch_baseline: int
    """What each reference backend dispatches for the baseline arm."""
    dispatch_others: int
    """What each reference backend dispatches for each other headline arm."""
    growth: tuple[int, ...]
    """Sizes at which growth is measured, rising; the last one is `tasks`."""
    processes: int
    """Fresh processes for each timed verb."""
    slices: int
    """Slices of each arm in each process."""
    slice_seconds: float
    """
    How long one slice lasts, in seconds.

    Short, because arms are compared within a round of slices: on a busy machine the speed changes tenfold more between
    rounds of 15 ms slices than between rounds of 0.5 ms ones, for the same time in all.
    """
    repetitions: int
    """Fresh pytest processes of the dispatch suite."""

    @classmethod
    def default(cls, tasks: int = 1_000_000) -> Self:
        """The run that decides the claims."""
        return cls(
            name="default",
            tasks=tasks,
            small=min(tasks, 100_000),
            dispatch_baseline=tasks,
            dispatch_others=max(1, tasks // 10),
            growth=_growth(tasks),
            processes=10,
            slices=80,
            slice_seconds=0.0005,
            repetitions=8,
        )

    @classmethod
    def quick(cls, tasks: int = 10_000) -> Self:
        """A small run of all parts: shows that everything works, decides nothing."""
        return cls(
            name="quick",
            tasks=tasks,
            small=min(tasks, 10_000),
            dispatch_baseline=max(1, tasks // 5),
            dispatch_others=max(1, tasks // 10),
            growth=tuple(sorted({max(1, tasks // 4), tasks})),
            processes=1,
            slices=12,
            slice_seconds=0.0005,
            repetitions=1,
        )

    @classmethod
    def full(cls, tasks: int = 1_000_000) -> Self:
        """Every limit lifted: all arms at full scale. Takes hours."""
        return cls(
            name="full",
            tasks=tasks,
            small=tasks,
            dispatch_baseline=tasks,
            dispatch_others=tasks,
            growth=_growth(tasks),
            processes=20,
            slices=300,
            slice_seconds=0.0005,
            repetitions=10,
        )


SCALES = {"default": Scale.default, "quick": Scale.quick, "full": Scale.full}


def _growth(tasks: int) -> tuple[int, ...]:
    return tuple(sorted({max(1, tasks // 100), max(1, tasks // 10), tasks}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything a suite may ask about the run it is part of."""

    scale: Scale
    run_folder: Path
    arms: tuple[str, ...] = ()
    """Arms that were asked for, baseline and A/A control first; empty: the suite's own choice."""
    only: tuple[str, ...] = ()
    """Verbs or measures that were asked for; empty: all."""
    seed: int = 0
    """Base of every random choice in the run."""
    repetition: int = 0
    """Which repetition this process is, from 0 (dispatch only)."""
    memory: int | None = None
    """Bytes the run may use at most; None: what the machine has available."""

    def asked(self) -> dict[str, Any]:
        """Return what was asked for as plain values, without where it goes."""
        return {name: value for name, value in asdict(self).items() if name != "run_folder"}
