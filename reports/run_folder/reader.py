"""A run folder as one flat list of samples, with what is known of the run and of its parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgauge.reports.run_folder.commands import scale_of
from taskgauge.reports.run_folder.errors import (
    NotARunFolder,
    RunFileBroken,
    RunFolderCutShort,
    RunFolderNotFound,
)
from taskgauge.reports.run_folder.pyperf_files import read_pyperf
from taskgauge.reports.run_folder.records import (
    FINISHED,
    NOT_RUN,
    Answer,
    LeftOut,
    Part,
    read_answers,
    read_left_out,
    read_parts,
)
from taskgauge.reports.run_folder.samples import Sample, read_document, read_samples
from taskgauge.reports.run_folder.target_results import Target, read_targets

# Where each part keeps what reports read; a part that is not named here (growth) is read from the others' files.
FILES = {
    "time": "time/*.json",
    "ordering": "ordering/*.json",
    "memory": "memory/memory.json",
    "transport": "transport/transport.json",
    "dispatch": "dispatch/dispatch.json",
    "calls": "calls/calls.json",
    "behaviour": "behaviour/behaviour.json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Everything that reports know of one run."""

    path: Path
    provenance: Mapping[str, object]
    python: str
    django: str
    parts: tuple[Part, ...]
    samples: tuple[Sample, ...]
    answers: tuple[Answer, ...]
    left_out: tuple[LeftOut, ...] = ()
    targets: tuple[Target, ...] = ()

    @property
    def label(self) -> str:
        """What tells this run from others in a table."""
        return f"Python {self.python}, Django {self.django}"

    @property
    def scale(self) -> tuple[str, ...]:
        """The options by which it was given its scale, to be given again where a row of it is repeated."""
        asked = self.provenance.get("command")
        return scale_of([str(word) for word in asked]) if isinstance(asked, list) else ()

    @property
    def is_gate(self) -> bool:
        """Whether it compares two sides."""
        return (self.path / "gate").is_dir()

    @property
    def is_calibration(self) -> bool:
        """Whether it holds a gate's pairs without a change, to calibrate the gate itself."""
        return self.is_gate and self.provenance.get("kind") == "calibration"

    @property
    def is_bench(self) -> bool:
        """Whether anything was measured, or should have been."""
        if self.is_gate:
            return False
        return not self.targets or any(self.part(name).state != NOT_RUN for name in FILES)

    def part(self, name: str) -> Part:
        """Return how the part ended; a part that the run does not know was not run."""
        return next((part for part in self.parts if part.name == name), Part(name=name, state=NOT_RUN))


def read_run_folder(path: Path) -> RunFolder:
    """Read a run folder.

    Raises RunFolderNotFound, NotARunFolder, RunFolderNewer, RunFileBroken and RunFolderCutShort. Parts that did not
    finish are read as far as they came, and are never an error.
    """
    if not path.exists():
        raise RunFolderNotFound(path)
    file = path / "run.json"
    targets = read_targets(path)
    if not file.is_file() and not targets:
        raise NotARunFolder(path)
    provenance = read_document(file) if file.is_file() else _told_by(targets)
    parts = {part.name: part for part in read_parts(file, provenance)}
    samples: list[Sample] = []
    answers: list[Answer] = []
    for name, pattern in FILES.items():
        part = parts.setdefault(name, Part(name=name, state=FINISHED if any(path.glob(pattern)) else NOT_RUN))
        reader: Callable[[Path, str], list[Sample]] = read_pyperf if name in {"time", "ordering"} else read_samples
        try:
            files = sorted(path.glob(pattern))
            if not files and part.state == FINISHED:
                raise RunFolderCutShort(path / pattern, name)
            for found in files:
                if name == "behaviour":
                    answers += read_answers(found)
                else:
                    samples += reader(found, name)
        except RunFileBroken as error:
            if part.state == FINISHED:
                raise
            # What was being written when the part ended is expected to be broken; the report says so.
            reason = f"{part.reason}; {error.path.name} is cut short".removeprefix("; ")
            parts[name] = Part(name=name, state=part.state, seconds=part.seconds, reason=reason)
    return RunFolder(
        path=path,
        provenance=provenance,
        python=_version(file, provenance, "python"),
        django=_version(file, provenance, "django"),
        parts=tuple(parts.values()),
        samples=tuple(samples),
        answers=tuple(answers),
        left_out=tuple(read_left_out(path / "left_out.json")),
        targets=targets,
    )


def _told_by(targets: Sequence[Target]) -> Mapping[str, object]:
    """Return what targets say of a run that has no provenance, since pytest was told to write their files there."""
    known = next((target.versions for target in targets if target.versions), {})
    return {"versions": {"python": "not known", "django": "not known", **known}}


def _version(file: Path, provenance: Mapping[str, object], name: str) -> str:
    for place in (provenance.get("versions"), provenance):
        if isinstance(place, dict):
            lowered = {key.lower(): value for key, value in place.items()}
            if isinstance(version := lowered.get(name), str) and version:
                return version
    raise RunFileBroken(file, f"it does not say which {name.capitalize()} was measured")
