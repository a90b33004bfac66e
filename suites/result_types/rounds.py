"""The rounds of a verb: fresh processes one after the other, with the loop counts that the first one found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taskgauge.suites.bench.progress import Progress
from taskgauge.suites.fresh_process import measure
from taskgauge.suites.options import Options

MODULE = "taskgauge.suites.result_types.slices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """CPU seconds per operation, slice by slice, of each arm in each process; and why arms were left out."""

    loops: Mapping[str, int]
    seconds: Mapping[str, Sequence[tuple[int, Sequence[float]]]]
    left_out: Mapping[str, str]
    hash_seeds: Sequence[int]


def run_rounds(
    verbs: tuple[str, str], verb: str, arms: Sequence[str], options: Options, progress: Progress, *, often: int = 1
) -> Rounds:
    """
    Time a verb of the mapping `verbs` (module, name) in `often` times as many fresh processes as the scale says.

    The first arm is the baseline. Raise MeasuringProcessDied or MeasuringProcessHung.
    """
    scale = options.scale
    loops: dict[str, int] | None = None
    slices = scale.slices
    answers: list[dict[str, Any]] = []
    seeds = [hash_seed(options.seed, process) for process in range(scale.processes * often)]
    for process, seed in enumerate(seeds):
        job = {
            "verbs": {"module": verbs[0], "name": verbs[1]},
            "verb": verb,
            "arms": list(arms),
            "loops": loops,
            "slices": slices,
            "slice_seconds": scale.slice_seconds,
            "order": f"{options.seed} {verb} {process}",
        }
        answers.append(measure(MODULE, job, hash_seed=seed))
        loops, slices = answers[0]["loops"], answers[0]["slices"]
        progress.step(process + 1, len(seeds), verb)
        if not loops:
            break
    # In the order asked for: each process makes and times the arms in one of its own.
    loops = {arm: loops[arm] for arm in arms if arm in loops} if loops else {}
    seconds = {arm: [(number, given["seconds"][arm]) for number, given in enumerate(answers)] for arm in loops}
    return Rounds(loops=loops, seconds=seconds, left_out=answers[0]["left_out"], hash_seeds=seeds)


def hash_seed(seed: int, process: int) -> int:
    """Return the PYTHONHASHSEED of a process: another in each one, and the same when the run is repeated."""
    return (seed * 1_000_003 + process * 7919 + 1) % 2**32
