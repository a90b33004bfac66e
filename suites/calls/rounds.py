"""Runs the measuring processes once for all items: starting a process costs more than measuring one function in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.suites.calls.scale import slices_of
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.fresh_process import measure
from taskgauge.suites.shapes.time.rounds import hash_seed

MODULE = "taskgauge.suites.calls.measuring"


@dataclass(slots=True, kw_only=True)
class CallRounds:
    """The measurement of some functions; each process adds its samples to the run folder when it ends."""

    functions: Sequence[str]
    options: Options
    samples: list[Sample] = field(default_factory=list)
    _processes: int = 0

    def run(self, progress: Progress) -> None:
        """Run the processes that have not run yet. Raise ChildEnded or ChildSilent."""
        scale = self.options.scale
        rounds: dict[str, Any] | None = None
        while self._processes < scale.processes:
            job = {
                "functions": list(self.functions),
                "slices": slices_of(scale),
                "slice_seconds": scale.slice_seconds,
                "rounds": rounds,
                "order": f"{self.options.seed} {self._processes}",
            }
            answer = measure(MODULE, job, hash_seed=hash_seed(self.options.seed, self._processes))
            rounds = answer["rounds"]
            added = [Sample(**{**sample, "process": self._processes}) for sample in answer["samples"]]
            add_samples(self.options.run_folder, added)
            self.samples += added
            self._processes += 1
            progress.step(self._processes, scale.processes, "all functions")

    def arms_measured(self, function: str) -> set[str]:
        """Return the arms that have a rate for a function."""
        return {
            sample.arm
            for sample in self.samples
            if sample.metric == "call-rate" and sample.condition["function"] == function
        }
