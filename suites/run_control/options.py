"""The options of one run: scale, arms, operations, seed, run folder."""

import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

type RowChoice = Literal["production", "installed", "both"]

_COUNT = re.compile(r"(?P<digits>\d[\d_,]*(?:\.\d+)?)(?:e(?P<exponent>\d{1,2}))?(?P<suffix>[kmg]?)", re.IGNORECASE)
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


class CountNotUnderstood(ValueError):
    """The text is not a whole number above zero."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no number of tasks: write a whole number above 0, such as 100_000, 1e6 or 1M")


def parse_count(text: str) -> int:
    """Return `1000000`, `1_000_000`, `1e6` or `1M` as a whole number above zero.

    Raise CountNotUnderstood for any other text, zero and negative numbers included.
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
    """The size of one run; numbers are counts of tasks unless their docstrings say otherwise."""

    name: str
    """`default`, `quick` or `full`."""
    tasks: int
    """Tasks that the arms of a claim hold and dispatch; in a run without limits, all arms."""
    small: int
    """Tasks for all other measurements: `tasks`, but at most 100,000 unless the limits are lifted."""
    growth: tuple[int, ...]
    """Sizes at which growth is measured, in rising order; the last size is `tasks`."""
    processes: int
    """Fresh processes for each timed operation."""
    slices: int
    """Slices of each arm in each process."""
    slice_seconds: float
    """
    Seconds of one slice.

    Slices are short, because arms are compared within a round of slices. On a busy machine the speed changes tenfold
    more between rounds of 15 ms slices than between rounds of 0.5 ms slices, for the same total time.
    """
    repetitions: int
    """Fresh pytest processes of the dispatch suite."""

    @classmethod
    def default(cls, tasks: int = 1_000_000) -> Self:
        """Return the scale that decides the claims."""
        return cls(
            name="default",
            tasks=tasks,
            small=min(tasks, 100_000),
            growth=_growth(tasks),
            processes=10,
            slices=48,
            slice_seconds=0.0005,
            repetitions=8,
        )

    @classmethod
    def quick(cls, tasks: int = 10_000) -> Self:
        """Return the scale of a small run of all parts; it shows that everything works, and decides no claim."""
        return cls(
            name="quick",
            tasks=tasks,
            small=min(tasks, 10_000),
            growth=tuple(sorted({max(1, tasks // 4), tasks})),
            processes=1,
            slices=12,
            slice_seconds=0.0005,
            repetitions=1,
        )

    @classmethod
    def full(cls, tasks: int = 1_000_000) -> Self:
        """Return the scale without limits: all arms at full scale. Such a run takes hours."""
        return cls(
            name="full",
            tasks=tasks,
            small=tasks,
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
    """The options that a suite may read about its run."""

    scale: Scale
    run_folder: Path
    arms: tuple[str, ...] = ()
    """The requested arms, baseline and A/A control first; if empty, the suite chooses."""
    only: tuple[str, ...] = ()
    """The requested operations or measures; if empty, all."""
    seed: int = 0
    """The seed of every random choice in the run."""
    repetition: int = 0
    """The number of this process among the repetitions, from 0 (dispatch only)."""
    targets: tuple[str, ...] = ()
    """The targets of the parts that measure whole backends; if empty, the suite chooses."""
    environments: tuple[str, ...] = ()
    """The interpreters of targets that have an environment of their own, as BACKEND=PATH."""
    one_cell: bool = False
    """True if each part that measures whole backends measures its first workload of each target only."""
    calls_from_drains: bool = False
    """True if the part `enqueue` takes its times from the drains of the part `throughput`, which enqueue alike."""
    backlog: int | None = None
    """The tasks that wait for a drain, if `--tasks` was given; None: the part's own number."""
    rows: RowChoice = "production"
    """The rows of each target: as documented for production, as installed, or both."""
    all_cells: bool = False
    """True if the parts that measure whole backends run all of their workloads, not only those of every run."""
    memory: int | None = None
    """Bytes that the run may use at most; None means all that is available on the machine."""

    def asked(self) -> dict[str, Any]:
        """Return the options as plain values, without the folders of this machine."""
        return {name: value for name, value in asdict(self).items() if name not in {"run_folder", "environments"}}

    def python(self, backend: str) -> str:
        """Return the interpreter of the environment in which a backend is installed."""
        return dict(entry.split("=", 1) for entry in self.environments).get(backend, sys.executable)
