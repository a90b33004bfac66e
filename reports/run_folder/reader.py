"""A run folder as one flat list of samples, with the facts of the run and of its parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from taskgauge.reports.run_folder import format_1
from taskgauge.reports.run_folder.commands import scale_of
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.documents import convert, read_document, read_stream
from taskgauge.reports.run_folder.errors import (
    NotARunFolder,
    RunFileBroken,
    RunFolderCutShort,
    RunFolderNotFound,
)
from taskgauge.reports.run_folder.grouped_samples import read_groups
from taskgauge.reports.run_folder.pyperf_files import read_pyperf
from taskgauge.reports.run_folder.records import LEFT_OUT, Answer, LeftOut, Sample
from taskgauge.reports.run_folder.registry import Part, Registry, read_registry
from taskgauge.reports.run_folder.run_file import FILE, FINISHED, NOT_RUN, PartRecord, Run, as_run, read_provenance
from taskgauge.reports.run_folder.sessions import Session, read_sessions
from taskgauge.reports.run_folder.target_results import TargetResults, read_targets
from taskgauge.reports.run_folder.traces import Trace, read_traces


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The content of a run folder that reports use."""

    path: Path
    provenance: Mapping[str, object]
    python: str
    django: str
    parts: tuple[PartRecord, ...]
    samples: tuple[Sample, ...]
    answers: tuple[Answer, ...]
    run: Run = field(default_factory=Run)
    left_out: tuple[LeftOut, ...] = ()
    targets: tuple[TargetResults, ...] = ()
    traces: tuple[Trace, ...] = ()
    sessions: tuple[Session, ...] = ()
    """The sessions of a published folder, which keeps no traces."""
    registry: Registry = REGISTRY

    @property
    def label(self) -> str:
        """The name of the run in tables."""
        return f"Python {self.python}, Django {self.django}"

    @property
    def scale(self) -> tuple[str, ...]:
        """The options that set the scale of the run; a command that repeats a row has them, too."""
        return scale_of(self.run.command)

    @property
    def is_gate(self) -> bool:
        """True if the run compares two sides."""
        return (self.path / "gate").is_dir()

    @property
    def is_published(self) -> bool:
        """True if the folder is a published one, which holds less than the run folder it was made from."""
        return any(part.files == "groups" for part in self.registry.parts)

    @property
    def session_count(self) -> int:
        """The number of sessions with whole backends."""
        return len(self.traces) + len(self.sessions)

    @property
    def is_calibration(self) -> bool:
        """True if the run has pairs of base against base, to calibrate the gate."""
        return self.is_gate and self.run.kind == "calibration"

    @property
    def is_bench(self) -> bool:
        """True if the run measured something, or was meant to."""
        if self.is_gate:
            return False
        return not self.targets or any(self.part(part.name).state != NOT_RUN for part in self.registry.parts)

    def part(self, name: str) -> PartRecord:
        """Return the record of a part; a part without a record was not run."""
        return next((part for part in self.parts if part.name == name), PartRecord(name=name))


def read_run_folder(path: Path) -> RunFolder:
    """Return the content of a run folder; parts that did not finish are read up to their end and are no error.

    Raises RunFolderNotFound, NotARunFolder, RunFolderNewer, RunFileBroken, RunFolderCutShort, PartUnknown and
    MetricUnknown.
    """
    if not path.exists():
        raise RunFolderNotFound(path)
    targets = read_targets(path)
    has_run = (path / FILE).is_file()
    if not has_run and not targets:
        raise NotARunFolder(path)
    provenance = read_provenance(path) if has_run else _provenance_of(targets)
    run = as_run(path, provenance)
    is_format_1 = provenance.get("format", 1) == 1
    # Parts that only this version declares were not run.
    registry = format_1.REGISTRY if is_format_1 else read_registry(path).over(REGISTRY)
    parts = {part.name: part for part in run.parts}
    if run.kind == "bench":
        for name in (*parts, *_folders_of_parts(path)):
            registry.part(name, path / (FILE if name in parts else name))
    samples: list[Sample] = []
    answers: list[Answer] = []
    for declared in registry.parts:
        ended, part_samples, part_answers = _read_part(
            path, declared, parts.get(declared.name), is_format_1=is_format_1
        )
        for name in {sample.metric: sample for sample in part_samples}:
            registry.metric(name, declared.name, path / (declared.pattern or declared.name))
        parts[declared.name] = ended
        samples += part_samples
        answers += part_answers
    return RunFolder(
        path=path,
        provenance=provenance,
        run=run,
        python=_version(path, run, "python"),
        django=_version(path, run, "django"),
        parts=tuple(parts.values()),
        samples=tuple(samples),
        answers=tuple(answers),
        left_out=tuple(dict.fromkeys(_left_out(path, run, is_format_1=is_format_1))),
        traces=tuple(_traces(path, registry.parts)),
        sessions=tuple(read_sessions(path)),
        targets=targets,
        registry=registry,
    )


def _folders_of_parts(path: Path) -> list[str]:
    return sorted(file.parent.name for name in ("samples", "answers") for file in path.glob(f"*/{name}.jsonl"))


def _read_part(
    path: Path, part: Part, record: PartRecord | None, *, is_format_1: bool
) -> tuple[PartRecord, list[Sample], list[Answer]]:
    """Return the record of a part, and its samples and answers as far as they are readable."""
    samples: list[Sample] = []
    answers: list[Answer] = []
    if part.pattern is None:
        return record or PartRecord(name=part.name), samples, answers
    pattern = format_1.files(part.name, part.pattern) if is_format_1 else part.pattern
    files = sorted(path.glob(pattern))
    record = record or PartRecord(name=part.name, state=FINISHED if files else NOT_RUN)
    # A part whose targets were all left out has no traces.
    if not files and record.state == FINISHED and part.files != "traces":
        raise RunFolderCutShort(path / pattern, part.name)
    try:
        for file in files:
            if part.files == "traces":
                continue
            if part.files == "pyperf":
                samples += read_pyperf(file, part.name)
            elif part.files == "groups":
                samples += read_groups(file, part.name)
            elif part.files == "answers":
                answers += _records(file, Answer, part.name, is_format_1=is_format_1)
            else:
                rows = _records(
                    file, Sample, part.name, is_format_1=is_format_1, check=lambda sample: _fault(sample, part)
                )
                # In format 1, the last of several samples with the same key counts.
                samples += {sample.key: sample for sample in rows}.values() if is_format_1 else rows
    except RunFileBroken as error:
        if record.state == FINISHED:
            raise
        # A file that was being written when the part stopped may be broken; the report says so.
        reason = f"{record.reason}; {error.path.name} is cut short".removeprefix("; ")
        record = replace(record, reason=reason)
        samples += [sample for sample in error.before if isinstance(sample, Sample)]
        answers += [answer for answer in error.before if isinstance(answer, Answer)]
    return record, samples, answers


def _traces(path: Path, parts: Sequence[Part]) -> Iterator[Trace]:
    for part in parts:
        if part.files == "traces" and part.pattern is not None:
            yield from read_traces(sorted(path.glob(part.pattern)))


def _fault(sample: Sample, part: Part) -> str:
    return "" if sample.part == part.name else f"it is a sample of part {sample.part}"


def _left_out(path: Path, run: Run, *, is_format_1: bool) -> Sequence[LeftOut]:
    file = path / (format_1.LEFT_OUT if is_format_1 else LEFT_OUT)
    try:
        return _records(file, LeftOut, is_format_1=is_format_1) if file.is_file() else []
    except RunFileBroken as error:
        if is_format_1 or run.state == "finished":
            raise
        return error.before


def _records[Kind](
    file: Path, kind: type[Kind], part: str = "", *, is_format_1: bool, check: Callable[[Kind], str] = lambda _: ""
) -> list[Kind]:
    if not is_format_1:
        return read_stream(file, kind, check)
    rows = format_1.rows(read_document(file), part)
    if not isinstance(rows, list):
        raise RunFileBroken(file, "it has no list of rows or samples")
    return [convert(file, row, kind, f"row {number}: ") for number, row in enumerate(rows, 1)]


def _provenance_of(targets: Sequence[TargetResults]) -> Mapping[str, object]:
    """Return provenance from the files of targets, for a folder in which pytest wrote only these."""
    known = next((target.versions for target in targets if target.versions), {})
    return {"versions": {"python": "not known", "django": "not known", **known}}


def _version(path: Path, run: Run, name: str) -> str:
    lowered = {key.lower(): value for key, value in run.versions.items()}
    if version := lowered.get(name):
        return version
    raise RunFileBroken(path / FILE, f"it does not name the version of {name.capitalize()}")
