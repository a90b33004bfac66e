"""The rounds of an operation: timings in fresh processes, with the loop counts of the first process."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from types import TracebackType
from typing import Any, Self

from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.fresh_process import LivingProcess
from taskgauge.suites.shapes.operation import Operation
from taskgauge.suites.shapes.time.slices import FEWEST

MODULE = "taskgauge.suites.shapes.time.slices"
START = 0.35
"""Seconds in which a fresh process imports Django and all arms."""
KEPT = 10
"""Processes that live as long as the part: a start takes as long as timing an operation. While one is timed, the others
sleep."""
_ROUND = 0.001
"""Seconds of a garbage collection between two rounds of slices."""
_OPERATION = 3e-6
"""Seconds of one operation in an expression of many operations."""
_MAKING = 5e-5
"""Seconds to make the object of such an operation."""
_READY_TOGETHER = 2
"""Processes that start together."""


class TimingProcesses:
    """The processes that time the operations of a part, by number; each of the first KEPT times all operations."""

    def __init__(self, arms: Sequence[str], seed: int) -> None:
        """Start nothing yet; processes load these arms when they start, and have hash seeds of their own."""
        self._arms = arms
        self._seed = seed
        self._living: dict[int, LivingProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in list(self._living):
            self._end(number)

    @contextmanager
    def lent(self, numbers: Sequence[int]) -> Iterator[list[LivingProcess]]:
        """Lend processes; those that do not live are started together. Raise ChildEnded or ChildSilent."""
        try:
            started = [number for number in numbers if number not in self._living]
            for number in started:
                self._living[number] = LivingProcess(
                    MODULE, {"arms": list(self._arms)}, hash_seed=hash_seed(self._seed, number)
                )
            for number in started:
                self._living[number].receive()
            yield [self._living[number] for number in numbers]
        except BaseException:
            # A process that did not answer may answer the next request with the answer to this one.
            for number in numbers:
                self._end(number)
            raise
        for number in numbers:
            if number >= KEPT:
                self._end(number)

    def _end(self, number: int) -> None:
        if number in self._living:
            self._living.pop(number).kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """CPU seconds per operation, by slice, of each arm in each process, and the reasons of left-out arms."""

    loops: Mapping[str, int]
    seconds: Mapping[str, Sequence[tuple[int, Sequence[float]]]]
    left_out: Mapping[str, str]


def run_rounds(
    processes: TimingProcesses,
    operations: tuple[str, str],
    operation: str,
    arms: Sequence[str],
    options: Options,
    *,
    progress: Progress,
    often: int = 1,
) -> Rounds:
    """
    Time an operation of the mapping `operations` (module, name) in `often` times the scale's number of processes.

    The first arm is the baseline. Raise ChildEnded or ChildSilent.
    """
    scale = options.scale
    request: dict[str, Any] = {
        "operations": {"module": operations[0], "name": operations[1]},
        "operation": operation,
        "arms": list(arms),
        "loops": None,
        "slices": scale.slices,
        "slice_seconds": scale.slice_seconds,
    }
    answers: list[dict[str, Any]] = []
    count = scale.processes * often
    for numbers in batched(range(count), _READY_TOGETHER):
        with processes.lent(numbers) as lent:
            for number, process in zip(numbers, lent, strict=True):
                request["order"] = f"{options.seed} {operation} {number}"
                answers.append(process.ask(request))
                request |= {"loops": answers[0]["loops"], "slices": answers[0]["slices"]}
                progress.step(len(answers), count, operation)
        if not request["loops"]:
            break
    loops = request["loops"]
    # In the order of `arms`: each process makes and times the arms in a random order.
    loops = {arm: loops[arm] for arm in arms if arm in loops} if loops else {}
    seconds = {arm: [(number, answer["seconds"][arm]) for number, answer in enumerate(answers)] for arm in loops}
    return Rounds(loops=loops, seconds=seconds, left_out=answers[0]["left_out"])


def seconds_of_rounds(operation: Operation, arms: int, scale: Scale, *, operations: int) -> float:
    """Return the approximate seconds of an operation's rounds, if its processes time so many operations."""
    slice_seconds = max(scale.slice_seconds, operation.repeats * _OPERATION)
    slices = max(min(scale.slices, FEWEST), scale.slices * scale.slice_seconds / slice_seconds)
    processes = scale.processes * operation.often
    kept = min(processes, KEPT)
    starts = kept / operations + (processes - kept)
    timing = slices * (_ROUND + arms * slice_seconds) + arms * operation.repeats * _MAKING
    return starts * START + processes * timing


def hash_seed(seed: int, process: int) -> int:
    """Return the PYTHONHASHSEED of a process: processes differ, and a repeated run has the same seeds."""
    return (seed * 1_000_003 + process * 7919 + 1) % 2**32
