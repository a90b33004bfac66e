"""The rounds of an operation: timings in fresh processes, with the loop counts of the first process."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import batched
from typing import Any

from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.fresh_process import LivingProcess
from taskgauge.suites.shapes.operation import Operation
from taskgauge.suites.shapes.time.slices import FEWEST

MODULE = "taskgauge.suites.shapes.time.slices"
START = 0.35
"""Seconds in which a fresh process imports Django and all arms."""
_OPERATION = 3e-6
"""Seconds of one operation in an expression of many operations."""
_MAKING = 5e-5
"""Seconds to make the object of such an operation."""
_READY_TOGETHER = 2
"""Processes that start together, since a start takes as long as timing; while one is timed, the other sleeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """CPU seconds per operation, by slice, of each arm in each process, and the reasons of left-out arms."""

    loops: Mapping[str, int]
    seconds: Mapping[str, Sequence[tuple[int, Sequence[float]]]]
    left_out: Mapping[str, str]
    hash_seeds: Sequence[int]


def run_rounds(
    operations: tuple[str, str],
    operation: str,
    arms: Sequence[str],
    options: Options,
    progress: Progress,
    *,
    often: int = 1,
) -> Rounds:
    """
    Time an operation of the mapping `operations` (module, name) in `often` times the scale's number of fresh processes.

    The first arm is the baseline. Raise ChildEnded or ChildSilent.
    """
    scale = options.scale
    request: dict[str, Any] = {"loops": None, "slices": scale.slices, "slice_seconds": scale.slice_seconds}
    left_out: dict[str, str] = {}
    answers: list[dict[str, Any]] = []
    seeds = [hash_seed(options.seed, process) for process in range(scale.processes * often)]
    job = {"operations": {"module": operations[0], "name": operations[1]}, "operation": operation, "arms": list(arms)}
    for pair in batched(enumerate(seeds), _READY_TOGETHER):
        with ExitStack() as stack:
            processes = [
                stack.enter_context(
                    LivingProcess(MODULE, {**job, "order": f"{options.seed} {operation} {number}"}, hash_seed=seed)
                )
                for number, seed in pair
            ]
            for process in processes:
                left_out = process.receive()["left_out"]
            for process in processes:
                answers.append(process.ask(request))
                request |= {"loops": answers[0]["loops"], "slices": answers[0]["slices"]}
                progress.step(len(answers), len(seeds), operation)
        if not request["loops"]:
            break
    loops = request["loops"]
    # In the order of `arms`: each process makes and times the arms in a random order.
    loops = {arm: loops[arm] for arm in arms if arm in loops} if loops else {}
    seconds = {arm: [(number, answer["seconds"][arm]) for number, answer in enumerate(answers)] for arm in loops}
    return Rounds(loops=loops, seconds=seconds, left_out=left_out, hash_seeds=seeds)


def seconds_of_rounds(operation: Operation, arms: int, scale: Scale) -> float:
    """Return the approximate seconds of an operation's rounds."""
    slice_seconds = max(scale.slice_seconds, operation.repeats * _OPERATION)
    slices = max(min(scale.slices, FEWEST), scale.slices * scale.slice_seconds / slice_seconds)
    return scale.processes * operation.often * (START + arms * (slices * slice_seconds + operation.repeats * _MAKING))


def hash_seed(seed: int, process: int) -> int:
    """Return the PYTHONHASHSEED of a process: processes differ, and a repeated run has the same seeds."""
    return (seed * 1_000_003 + process * 7919 + 1) % 2**32
