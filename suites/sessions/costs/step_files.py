"""Reads the times of steps that the processes of a session kept, and starts workers with timers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from taskgauge.reports.run_folder.traces import Phase, PhaseName

_PHASES: tuple[PhaseName, ...] = ("enqueue", "execute")
_MODULE = ("-m", "taskgauge.suites.sessions.costs.stepped_worker")


class _Unit(msgspec.Struct, frozen=True):
    """An enqueue or an execution; without timers it has no steps."""

    phase: PhaseName
    steps: dict[str, float] | None
    whole: float


def stepped_words(words: Sequence[str]) -> list[str]:
    """Return the command of a worker with timers; a command that runs no module of Python stays as it is."""
    python, *others = words
    return [python, *_MODULE, *others[1:]] if others[:1] == ["-m"] else list(words)


def step_phases(folder: Path) -> Iterator[Phase]:
    """Yield the phases whose steps were timed in any process of the session."""
    units = [
        msgspec.json.decode(line, type=_Unit)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_bytes().splitlines(keepends=True)
        if line.endswith(b"\n")  # a killed process may leave half a line
    ]
    for name in _PHASES:
        mine = [unit for unit in units if unit.phase == name]
        timed = quicker_half([unit for unit in mine if unit.steps is not None])
        bare = quicker_half([unit for unit in mine if unit.steps is None])
        if not timed or not bare:
            continue
        steps: Counter[str] = Counter()
        for unit in timed:
            steps.update(unit.steps or {})
        # A step of a few nanoseconds can be less than nothing without its timers.
        times = {step: round(max(0.0, nanoseconds), 1) for step, nanoseconds in sorted(steps.items())}
        yield Phase(
            name=name,
            units=len(timed),
            seconds=round(sum(times.values()) / 1e9, 6),
            steps=times,
            whole=round(sum(unit.whole for unit in bare) / len(bare), 1),
        )


def quicker_half(units: Sequence[_Unit]) -> list[_Unit]:
    """Return the quicker half of the units: a unit that other processes interrupted has the wrong shares."""
    ordered = sorted(units, key=lambda unit: unit.whole)
    return ordered[: (len(ordered) + 1) // 2]
