"""Several run folders as one: targets and parts of different jobs or machines, each of them from one run only."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.commands import cell_options
from taskgauge.reports.run_folder.documents import FORMAT, append
from taskgauge.reports.run_folder.errors import ReportError, ReportNotWritable
from taskgauge.reports.run_folder.merge_errors import (
    CheckedTwice,
    MeasuredTwice,
    NotComparable,
    NotForAMerge,
    NothingToMerge,
)
from taskgauge.reports.run_folder.reader import RunFolder, read_run_folder
from taskgauge.reports.run_folder.records import LEFT_OUT
from taskgauge.reports.run_folder.registry import Registry, write_registry
from taskgauge.reports.run_folder.run_file import FINISHED, NOT_RUN, NotMeasured, PartRecord, Run, State, write_run
from taskgauge.reports.run_folder.sessions import FILE as SESSIONS_FILE
from taskgauge.reports.run_folder.target_results import FOLDER
from taskgauge.reports.run_folder.traces import Header

_SHARED: dict[str, Callable[[RunFolder], str]] = {
    "Python": lambda run: run.python,
    "Django": lambda run: run.django,
    "Taskgauge": lambda run: run.run.versions.get("taskgauge", "not known"),
    "the commit": lambda run: run.run.commit or "not known",
}
"""The facts that all runs must share, since verdicts and figures depend on them."""
_WORSE: tuple[State, ...] = (NOT_RUN, FINISHED, "refused", "running", "interrupted", "failed")
"""The ends of a part, the worst last."""


def read_mergeable(paths: Sequence[Path]) -> tuple[list[RunFolder], list[str]]:
    """Return the runs that can be read, and a line for each that cannot."""
    runs: list[RunFolder] = []
    problems = []
    for path in paths:
        try:
            run = read_run_folder(path)
            if fact := _fault(run, runs):
                raise NotForAMerge(path, fact)
        except ReportError as error:
            problems.append(str(error))
        else:
            runs.append(run)
    return runs, problems


def merge(paths: Sequence[Path], out: Path, *, strict: bool = False, fewest: int = 2) -> tuple[str, ...]:
    """Write the runs into the new folder `out`; return a line for each run folder that was left out.

    A target comes from one run, and so does a part, or one contract of a part that measures whole backends. A published
    folder has all that matters of sessions, so it can be one of the runs if it has nothing else. `fewest` is the least
    number of runs. Raises NothingToMerge, NotComparable, ReportNotWritable.
    """
    runs, problems = read_mergeable(paths)
    if len(runs) < fewest or (strict and problems):
        raise NothingToMerge(problems, strict=strict)
    check_comparable(runs)
    try:
        for run in runs:
            _copy(run, out)
        if sessions := [session for run in runs for session in run.sessions]:
            append(out / SESSIONS_FILE, sessions)
        append(out / LEFT_OUT, dict.fromkeys(row for run in runs for row in run.left_out))
        write_registry(out, reduce(Registry.over, map(_registry, runs)))
        # The run file comes last: a folder without it was not written to its end.
        write_run(out, merged_run(runs))
    except OSError as error:
        raise ReportNotWritable(out, error.strerror or "it is not writable") from error
    return tuple(problems)


def check_comparable(runs: Sequence[RunFolder]) -> None:
    """Raise NotComparable if the runs differ in what verdicts depend on, or if two have the same part or target."""
    first = runs[0]
    measured: dict[str, Path] = {}
    targets: dict[str, Path] = {}
    scale: tuple[tuple[str, ...], Path] | None = None
    for run in runs:
        for name, fact in _SHARED.items():
            if fact(run) != fact(first):
                raise NotComparable(first.path, run.path, f"{name} is {fact(first)} in one, {fact(run)} in the other")
        for target in run.targets:
            if target.target in targets:
                raise CheckedTwice(targets[target.target], run.path, target.target)
            targets[target.target] = run.path
        for group in _groups(run):
            if group in measured:
                raise MeasuredTwice(measured[group], run.path, group)
            measured[group] = run.path
            if scale and scale[0] != run.scale:
                words = [" ".join(options) or "the usual scale" for options in (scale[0], run.scale)]
                raise NotComparable(scale[1], run.path, f"one measured with {words[0]}, the other with {words[1]}")
            scale = run.scale, run.path
    _check_cells(runs)


def _check_cells(runs: Sequence[RunFolder]) -> None:
    """Raise NotComparable if two runs chose the workloads of one part in two ways."""
    cells: dict[str, tuple[tuple[str, ...], Path]] = {}
    for run in runs:
        for part in {header.part for header in _headers(run)}:
            chosen, path = cells.setdefault(part, (cell_options(run.run.command), run.path))
            if chosen != cell_options(run.run.command):
                ways = [" ".join(words) or "its usual workloads" for words in (chosen, cell_options(run.run.command))]
                raise NotComparable(path, run.path, f"one measured {part} with {ways[0]}, the other with {ways[1]}")


def merged_run(runs: Sequence[RunFolder]) -> Run:
    """Return the run file of merged runs; its option `merged` has the machine and the command of each."""
    measuring = [run for run in runs if _measured(run)]
    leading = (measuring or list(runs))[0].run
    records = [run.run for run in runs]
    machines = [record.machine for record in records]
    checked = {f"{FOLDER} {target.target}" for run in runs for target in run.targets}
    left_out = dict.fromkeys((row.what, row.why) for record in records for row in record.left_out)
    every = all(record.state == "finished" for record in records)
    return replace(
        leading,
        state="finished" if every else "interrupted",
        kind="conformance" if checked else "bench",
        started=min(record.started for record in records),
        finished=max((record.finished or "" for record in records), default="") or None,
        versions=_versions(records),
        machine=machines[0] if machines.count(machines[0]) == len(machines) else {"several": machines},
        steal_seconds=sum(record.steal_seconds for record in records),
        options={
            **leading.options,
            "targets": [target.target for run in runs for target in run.targets],
            "requirements": sorted({name for record in records for name in _names(record.options.get("requirements"))}),
            "merged": [origin for run in runs for origin in _origins(run)],
        },
        left_out=[NotMeasured(what=what, why=why) for what, why in left_out if what not in checked],
        parts=one_for_each(part for record in records for part in record.parts if part.state != NOT_RUN),
    )


def one_for_each(records: Iterable[PartRecord]) -> list[PartRecord]:
    """Return one record for each part; contracts of a part come from different runs, and the worst end counts."""
    parts: dict[str, PartRecord] = {}
    for record in records:
        other = parts.setdefault(record.name, record)
        if other is not record:
            worse = max(other, record, key=lambda part: _WORSE.index(part.state))
            parts[record.name] = replace(
                worse,
                predicted_seconds=_sum(other.predicted_seconds, record.predicted_seconds),
                seconds=_sum(other.seconds, record.seconds),
                reason="; ".join(dict.fromkeys(filter(None, (other.reason, record.reason)))),
            )
    return list(parts.values())


def _sum(*seconds: float | None) -> float | None:
    known = [value for value in seconds if value is not None]
    return round(sum(known), 1) if known else None


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _fault(run: RunFolder, earlier: Sequence[RunFolder]) -> str:
    if run.is_gate:
        return "it is a run of the gate"
    if run.is_published and (run.samples or run.answers or run.targets or not run.sessions):
        return "it is a published folder, which holds less than a run folder"
    if run.provenance.get("format", 1) != FORMAT:
        return f"its format is older than {FORMAT}"
    if not run.targets and not _measured(run):
        return "it has no results"
    return "it is given twice" if any(_is_same(run, other) for other in earlier) else ""


def _is_same(run: RunFolder, other: RunFolder) -> bool:
    content = (run.run, run.targets, run.samples, run.answers, run.traces, run.sessions)
    return (
        other.path.resolve() == run.path.resolve()
        or (other.run, other.targets, other.samples, other.answers, other.traces, other.sessions) == content
    )


def _registry(run: RunFolder) -> Registry:
    """Return the registry of a run, without the parts of which only a published folder has files."""
    parts = tuple(part for part in run.registry.parts if part.files != "groups")
    return Registry(parts=parts, metrics=run.registry.metrics)


def _headers(run: RunFolder) -> list[Header]:
    return [*(trace.header for trace in run.traces), *(session.header for session in run.sessions)]


def _measured(run: RunFolder) -> list[str]:
    names = {sample.part for sample in run.samples} | {header.part for header in _headers(run)}
    answered = {part.name for part in run.registry.parts if part.files == "answers"} if run.answers else set()
    states = {part.name for part in run.parts if part.state == FINISHED and part.name in _declared(run)}
    return [part.name for part in run.registry.parts if part.name in names | answered | states]


def _groups(run: RunFolder) -> list[str]:
    """Return what is compared within one run: parts, and for parts with traces each contract of them."""
    contracts: dict[str, dict[str, None]] = {}
    for header in _headers(run):
        contracts.setdefault(header.part, {})[header.contract] = None
    return [
        f"{name}, {contract}" if contract else name
        for name in _measured(run)
        for contract in contracts.get(name, {"": None})
    ]


def _declared(run: RunFolder) -> set[str]:
    return {part.name for part in run.registry.parts}


def _origins(run: RunFolder) -> list[dict[str, Any]]:
    """Return the facts of a run; those of each of its own if it was merged before."""
    before = run.run.options.get("merged")
    return before if isinstance(before, list) and before else [_origin(run)]


def _origin(run: RunFolder) -> dict[str, Any]:
    return {
        "run": run.path.resolve().name,
        "started": run.run.started,
        "command": run.run.command,
        "machine": run.run.machine,
        "targets": [target.target for target in run.targets],
        "parts": _measured(run),
        "groups": _groups(run),
    }


def _versions(records: Sequence[Run]) -> dict[str, str]:
    versions: dict[str, dict[str, None]] = {}
    for record in records:
        for name, version in record.versions.items():
            versions.setdefault(name, {})[version] = None
    return {name: " and ".join(known) for name, known in versions.items()}


def _copy(run: RunFolder, out: Path) -> None:
    """Copy the files of targets and measured parts, and the logs that no other run has."""
    folders = {FOLDER, "log", *_measured(run)}
    for file in sorted(path for path in run.path.rglob("*") if path.is_file() and not path.is_symlink()):
        inside = file.relative_to(run.path)
        if len(inside.parts) > 1 and inside.parts[0] in folders and not (out / inside).exists():
            (out / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, out / inside)
