"""Runs the parts one after another, keeps their results, and returns how the run ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from taskgauge.backends.processes.interruption import Interrupted, Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.reports.run_folder.declarations import METRICS
from taskgauge.reports.run_folder.registry import Part, Registry
from taskgauge.reports.run_folder.run_file import NotMeasured, PartRecord
from taskgauge.suites.cli.bench_budget import within
from taskgauge.suites.cli.bench_part_run import PartRun, Timeouts
from taskgauge.suites.cli.bench_survey import Planned, survey
from taskgauge.suites.run_control.clock import Clock
from taskgauge.suites.run_control.display import Display, PlannedPart, duration
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.provenance import RunRecord, commit


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOutcome:
    """The end of a run: its folder, its parts, and the signal that interrupted it."""

    folder: Path
    parts: tuple[PartRecord, ...]
    interrupted: Interrupted | None = None

    def states(self, *states: str) -> list[PartRecord]:
        """Return the parts that ended in one of these states."""
        return [part for part in self.parts if part.state in states]


def run(
    parts: Sequence[Part],
    options: Options,
    *,
    out: Path | None,
    command: list[str],
    display: Display,
    interruption: Interruption,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
    budget: float | None = None,
    left_out: Sequence[NotMeasured] = (),
) -> BenchOutcome:
    """Run the parts into a new run folder, which also records what was left out before.

    `budget` is the number of seconds that the run may take by its prediction.

    Raise WrongUse before anything starts, and SurveyFailed if a suite cannot be collected. Raise Interrupted only
    until the first part starts; after that the outcome holds the interruption, because the run folder is kept.
    """
    if out is not None:
        check_out(out)
    planned = survey(parts, options, interruption)
    if budget is not None:
        parts, options, dropped = within(planned, options, budget)
        if dropped:
            display.say(
                f"to fit into {duration(budget)}, the run leaves out {', '.join(drop.what for drop in dropped)}"
            )
            left_out, planned = (*left_out, *dropped), survey(parts, options, interruption)
    folder = new_run_folder(out, commit())
    options = replace(options, run_folder=folder)
    registry = Registry(parts=tuple(parts), metrics=METRICS)
    record = RunRecord.start(folder, options.asked(), command, registry=registry)
    for entry in left_out:
        record.leave_out(entry.what, entry.why)
    record.parts[:] = [PartRecord(name=plan.part.name, predicted_seconds=round(plan.seconds, 1)) for plan in planned]
    display.plan(PlannedPart(plan.part.name, len(plan.items), plan.seconds) for plan in planned)
    interrupted = None
    try:
        with temporary_folder("taskgauge-") as temporary:
            _run_all(
                planned,
                options=options,
                record=record,
                display=display,
                interruption=interruption,
                timeouts=timeouts,
                temporary=temporary,
            )
    except Interrupted as caught:
        interrupted = caught
    finally:
        display.close()
        failed = any(part.state == "failed" for part in record.parts)
        record.write("interrupted" if interrupted or interruption.received else "failed" if failed else "finished")
    return BenchOutcome(folder=folder, parts=tuple(record.parts), interrupted=interrupted)


def _run_all(
    planned: Sequence[Planned],
    *,
    options: Options,
    record: RunRecord,
    display: Display,
    interruption: Interruption,
    timeouts: Timeouts,
    temporary: Path,
) -> None:
    clock = Clock(sum(plan.seconds for plan in planned))
    for plan, part in zip(planned, record.parts, strict=True):
        interruption.check()
        if not plan.items:
            part.reason = "nothing of it was asked for"
            continue
        PartRun(
            planned=plan,
            options=options,
            record=part,
            run=record,
            clock=clock,
            display=display,
            interruption=interruption,
            timeouts=timeouts,
            temporary=temporary,
        ).execute()
        record.write("running")
        display.say(ending(part))


def ending(part: PartRecord) -> str:
    """Return a line on how a part ended."""
    took = "" if part.seconds is None else f" in {duration(part.seconds)}"
    return f"{part.name}: {part.state}{took}{f' ({part.reason})' if part.reason else ''}"
