"""Checks several targets side by side, each by the interpreter of its environment."""

import time
from collections.abc import Sequence

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.target_results import read_target
from taskgauge.suites.cli.conformance_targets import SelectedTarget
from taskgauge.suites.conformance.harness.target_run import RunOptions, TargetRun, outcome_of
from taskgauge.suites.conformance.harness.time_estimate import TimeEstimate
from taskgauge.suites.run_control.display import Display
from taskgauge.suites.run_control.provenance import RunRecord

_POLL_SECONDS = 0.2


def run_all(
    targets: Sequence[SelectedTarget],
    asked: RunOptions,
    record: RunRecord,
    *,
    jobs: int,
    display: Display,
    noticed: Interruption,
) -> list[TargetRun]:
    """Check each target by its interpreter, `jobs` targets side by side; return their runs.

    Targets with the longest waits start first, so that others can run meanwhile. Raise Interrupted after all runs have
    ended.
    """
    (asked.folder / "conformance").mkdir(exist_ok=True)
    waiting = sorted(targets, key=lambda target: -target.waits)
    running: list[tuple[TargetRun, PartRecord, float]] = []
    over: list[TargetRun] = []
    with temporary_folder("taskgauge-") as temporary:
        try:
            while waiting or running:
                noticed.check()
                while waiting and len(running) < jobs:
                    target = waiting.pop(0)
                    estimate = TimeEstimate(target.typical, target.expected(is_part=asked.is_part))
                    run = TargetRun(
                        target.name,
                        target.label,
                        asked,
                        temporary,
                        target.silence_limit,
                        target.python,
                        target.command,
                        estimate,
                    )
                    part = PartRecord(name=f"conformance {run.label}", predicted_seconds=0.0, state="running")
                    record.parts.append(part)
                    record.write("running")
                    run.start()
                    running.append((run, part, time.monotonic()))
                for entry in list(running):
                    run, part, begin = entry
                    is_over = not run.look()
                    if run.estimate is not None:
                        part.predicted_seconds = round(run.estimate.predicted, 1)
                    if is_over:
                        running.remove(entry)
                        over.append(run)
                        part.seconds = round(time.monotonic() - begin, 1)
                        part.state, part.reason = run.ending
                        display.say(outcome_of(read_target(run.file)))
                share, left = _estimate([run for run, _, _ in running], waiting, len(over), jobs, is_part=asked.is_part)
                display.update(share, left, "; ".join(f"{run.label} {run.done}/{run.of}" for run, _, _ in running))
                time.sleep(_POLL_SECONDS)
        finally:
            for run, part, begin in running:
                run.end()
                part.state, part.seconds = "interrupted", round(time.monotonic() - begin, 1)
    return over


def _estimate(
    running: Sequence[TargetRun], waiting: Sequence[SelectedTarget], over: int, jobs: int, *, is_part: bool
) -> tuple[float, float]:
    """Return the share that is done, and the seconds that are left, of a run with these targets."""
    estimates = [run.estimate for run in running if run.estimate is not None]
    lefts = [estimate.left for estimate in estimates]
    ahead = [target.expected(is_part=is_part) for target in waiting]
    share = (over + sum(estimate.share for estimate in estimates)) / max(1, over + len(running) + len(waiting))
    return share, max([*lefts, *ahead, (sum(lefts) + sum(ahead)) / jobs])
