"""A published folder: a run folder in a compact form that git can hold, without the names of its machine.

It has the layout of a run folder, so that every reader of run folders reads it. Samples are grouped, and what only
serves to look for a fault is left out: logs, the last lines of workers, the times of single tasks, and the files of
measuring tools.
"""

import dataclasses
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from taskgauge.reports.metrics.session import session
from taskgauge.reports.publication.machine_words import public_command, without_machine
from taskgauge.reports.publication.publication_errors import NotForPublication, NothingPublished
from taskgauge.reports.run_folder.documents import FORMAT, write_whole
from taskgauge.reports.run_folder.errors import ReportError, ReportNotWritable
from taskgauge.reports.run_folder.grouped_samples import DIGITS, write_groups
from taskgauge.reports.run_folder.reader import RunFolder, read_run_folder
from taskgauge.reports.run_folder.records import LEFT_OUT
from taskgauge.reports.run_folder.registry import FILE as REGISTRY_FILE
from taskgauge.reports.run_folder.registry import Registry
from taskgauge.reports.run_folder.run_file import FILE as RUN_FILE
from taskgauge.reports.run_folder.run_file import FINISHED
from taskgauge.reports.run_folder.sessions import FILE as SESSIONS_FILE
from taskgauge.reports.run_folder.sessions import Session
from taskgauge.reports.run_folder.target_results import FOLDER, SHARED, SHARED_KEYS, TargetResults
from taskgauge.reports.site.names import moment_of, run_name


def publish_runs(paths: Sequence[Path], out: Path, commit: str = "", *, strict: bool = False) -> tuple[str, ...]:
    """Publish run folders below `out`; return a line for each that cannot be published.

    If `strict`, or if all are faulty, nothing is published. Raises NothingPublished, ReportNotWritable.
    """
    runs: dict[str, RunFolder] = {}
    problems = []
    for path in paths:
        try:
            run = publishable(read_run_folder(path), commit)
            if (name := published_name(run)) in runs:
                raise NotForPublication(path, f"it is the run {name}, as {runs[name].path} is; give a run once")
            runs[name] = run
        except ReportError as error:
            problems.append(str(error))
    if problems and (strict or not runs):
        raise NothingPublished(problems, strict=strict)
    for run in runs.values():
        write_published(run, out)
    return tuple(problems)


def publishable(run: RunFolder, commit: str = "") -> RunFolder:
    """Return the run with the commit that made it. Raises NotForPublication.

    `commit` is that of a run of an installed wheel, which only knows its version.
    """
    if run.is_gate:
        raise NotForPublication(run.path, "it is a run of the gate")
    if not (run.samples or run.answers or run.session_count or run.targets):
        raise NotForPublication(run.path, "it has no results: nothing was checked or measured")
    if moment_of(run.run.started) is None:
        raise NotForPublication(run.path, "it does not say when it started")
    if run.run.state == "running":
        raise NotForPublication(run.path, "it has not ended")
    known = run.run.commit
    if commit and known not in {"", run.run.versions.get("taskgauge", ""), commit}:
        raise NotForPublication(run.path, f"--commit is {commit}, but the run was made by {known}")
    return replace(run, run=replace(run.run, commit=commit or known))


def published_name(run: RunFolder) -> str:
    """Return the name of the folder of a run: its start and its commit."""
    return run_name(run.run.started, run.run.commit, run.path.resolve().name)


def write_published(run: RunFolder, out: Path) -> Path:
    """Write a run below `out`, under its name, and return its folder. Raises ReportNotWritable."""
    folder = out / published_name(run)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        _write_rows(folder / REGISTRY_FILE, msgspec.to_builtins(_registry(run.registry)), ("parts", "metrics"))
        for part in run.registry.parts:
            _write_part(run, part.name, folder)
        _write_lines(folder / LEFT_OUT, run.left_out)
        _write_lines(folder / SESSIONS_FILE, (_session(row) for row in (*map(session, run.traces), *run.sessions)))
        shared = _shared(run.targets)
        if shared:
            _write_rows(folder / SHARED, {"requirements": shared}, ("requirements",))
        for target in run.targets:
            _write_rows(folder / FOLDER / f"{target.target}.json", _target(target, shared), ("requirements",))
        # The run file comes last: a folder without it was not written to its end.
        _write_rows(folder / RUN_FILE, _run(run), ("parts", "left_out"))
    except OSError as error:
        raise ReportNotWritable(folder, error.strerror or "it is not writable") from error
    return folder


def _registry(registry: Registry) -> Registry:
    parts = (replace(part, files="groups") if part.files in {"samples", "pyperf"} else part for part in registry.parts)
    return Registry(parts=tuple(parts), metrics=registry.metrics)


def _write_part(run: RunFolder, name: str, folder: Path) -> None:
    exact = frozenset(metric.name for metric in run.registry.metrics if metric.exact)
    part = _registry(run.registry).part(name)
    samples = [sample for sample in run.samples if sample.part == name]
    if part.files == "groups" and part.pattern and (samples or run.part(name).state == FINISHED):
        write_groups(folder / part.pattern, samples, exact)
    if part.files == "answers" and part.pattern and (run.answers or run.part(name).state == FINISHED):
        _write_lines(folder / part.pattern, run.answers, is_needed=True)


def _run(run: RunFolder) -> dict[str, Any]:
    record = replace(run.run, command=public_command(run.run.command), parts=list(run.parts))
    for origin in record.options.get("merged", []) if isinstance(record.options.get("merged"), list) else []:
        if isinstance(origin, dict) and isinstance(origin.get("command"), list):
            origin["command"] = public_command(list(map(str, origin["command"])))
    document: dict[str, Any] = without_machine(msgspec.to_builtins(record))
    return document


def _session(row: Session) -> Session:
    """Return a session without the lists from which its figures were computed."""
    figures = {name: float(f"{value:.{DIGITS}g}") for name, value in row.figures.items()}
    return replace(row, header=replace(row.header, doubled=(), usage=()), figures=figures)


def _shared(targets: Sequence[TargetResults]) -> dict[str, dict[str, str]]:
    """Return what rows of all targets have in common, by requirement, as the first target has it."""
    shared: dict[str, dict[str, str]] = {}
    for target in targets:
        for row in target.requirements:
            shared.setdefault(row.id, {key: getattr(row, key) for key in SHARED_KEYS})
    return shared


def _target(target: TargetResults, shared: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    rows = (
        replace(row, tests=tuple(replace(test, worker_tail="") for test in row.tests)) for row in target.requirements
    )
    document: dict[str, Any] = without_machine(_without_defaults(replace(target, log="", requirements=tuple(rows))))
    for row in document.get("requirements", ()):
        common = shared[row["id"]]
        for key in SHARED_KEYS:
            if row.get(key, "") == common[key]:
                row.pop(key, None)
            else:
                row.setdefault(key, "")
    return document


def _without_defaults(record: Any) -> Any:
    """Return a record as JSON without the fields that have their default."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        kept = {}
        for known in dataclasses.fields(record):
            value = getattr(record, known.name)
            factory = known.default_factory
            default = factory() if factory is not dataclasses.MISSING else known.default
            if value != default:
                kept[known.name] = _without_defaults(value)
        return kept
    if isinstance(record, tuple | list):
        return [_without_defaults(item) for item in record]
    if isinstance(record, dict):
        return {key: _without_defaults(item) for key, item in record.items()}
    return msgspec.to_builtins(record)


def _write_rows(path: Path, document: dict[str, Any], of_rows: tuple[str, ...]) -> None:
    """Write a document with one line for each key, and for each row of the keys `of_rows`."""
    lines = []
    for key, value in {"format": FORMAT, **document}.items():
        if key in of_rows and value:
            is_list = isinstance(value, list | tuple)
            rows = (
                map(_compact, value)
                if is_list
                else (f"{_compact(name)}:{_compact(row)}" for name, row in value.items())
            )
            opened, closed = "[]" if is_list else "{}"
            lines.append(f"{_compact(key)}:{opened}\n{',\n'.join(rows)}\n{closed}")
        else:
            lines.append(f"{_compact(key)}:{_compact(value)}")
    write_whole(path, "{" + ",\n".join(lines) + "}\n")


def _write_lines(path: Path, records: Iterable[object], *, is_needed: bool = False) -> None:
    lines = [_compact(without_machine(_without_defaults(record))) for record in records]
    if lines or is_needed:
        write_whole(path, "".join(f"{line}\n" for line in lines))


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
