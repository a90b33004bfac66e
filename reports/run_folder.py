"""A run folder as one flat list of samples, with what is known of the run and of its parts."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.reports.errors import (
    NotARunFolder,
    RunFileBroken,
    RunFolderCutShort,
    RunFolderNotFound,
)
from taskgauge.reports.pyperf_files import read_pyperf
from taskgauge.reports.samples import Sample, read_document, read_json, read_samples

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
FINISHED = "finished"
STATES = (FINISHED, "failed", "interrupted", "refused", "not run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How one part of the run ended; seconds are None where they are not known."""

    name: str
    state: str
    seconds: float | None = None
    predicted_seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One cell of the behaviour table: `answer` is a word such as yes or no, `breaks` names requirements."""

    question: str
    arm: str
    answer: str
    breaks: tuple[str, ...] = ()
    detail: str = ""


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

    @property
    def label(self) -> str:
        """What tells this run from others in a table."""
        return f"Python {self.python}, Django {self.django}"

    def part(self, name: str) -> Part:
        """Return how the part ended; a part that the run does not know was not run."""
        return next((part for part in self.parts if part.name == name), Part(name=name, state="not run"))


def read_run_folder(path: Path) -> RunFolder:
    """Read a run folder.

    Raises RunFolderNotFound, NotARunFolder, RunFolderNewer, RunFileBroken and RunFolderCutShort. Parts that did not
    finish are read as far as they came, and are never an error.
    """
    if not path.exists():
        raise RunFolderNotFound(path)
    file = path / "run.json"
    if not file.is_file():
        raise NotARunFolder(path)
    provenance = read_document(file)
    parts = {part.name: part for part in _parts(path, provenance)}
    samples: list[Sample] = []
    answers: list[Answer] = []
    for name, pattern in FILES.items():
        part = parts.setdefault(name, Part(name=name, state=FINISHED if any(path.glob(pattern)) else "not run"))
        reader: Callable[[Path, str], list[Sample]] = read_pyperf if name in {"time", "ordering"} else read_samples
        try:
            files = sorted(path.glob(pattern))
            if not files and part.state == FINISHED:
                raise RunFolderCutShort(path / pattern, name)
            for found in files:
                if name == "behaviour":
                    answers += _answers(found)
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
    )


def _version(file: Path, provenance: Mapping[str, object], name: str) -> str:
    for place in (provenance.get("versions"), provenance):
        if isinstance(place, dict):
            lowered = {key.lower(): value for key, value in place.items()}
            if isinstance(version := lowered.get(name), str) and version:
                return version
    raise RunFileBroken(file, f"it does not say which {name.capitalize()} was measured")


def _parts(path: Path, provenance: Mapping[str, object]) -> list[Part]:
    file = path / "run.json"
    found = provenance.get("parts", [])
    if not isinstance(found, list):
        raise RunFileBroken(file, "its parts are no list")
    return [_part(file, item) for item in found]


def _part(file: Path, item: object) -> Part:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or item.get("state") not in STATES:
        raise RunFileBroken(file, f"{item!r:.60} is no part with a known state")
    return Part(
        name=item["name"],
        state=item["state"],
        seconds=_seconds(file, item.get("seconds")),
        predicted_seconds=_seconds(file, item.get("predicted_seconds")),
        reason=str(item.get("reason") or ""),
    )


def _seconds(file: Path, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RunFileBroken(file, f"{value!r:.60} is no number of seconds")
    return float(value)


def _answers(path: Path) -> list[Answer]:
    document = read_json(path)
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise RunFileBroken(path, "it has no list of rows")
    answers = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("question", "arm", "answer")):
            raise RunFileBroken(path, f"row {number} is no answer")
        breaks = row.get("breaks") or []
        if not isinstance(breaks, list) or not all(isinstance(name, str) for name in breaks):
            raise RunFileBroken(path, f"row {number} breaks what is no list of requirements")
        answers.append(
            Answer(
                question=row["question"],
                arm=row["arm"],
                answer=row["answer"],
                breaks=tuple(breaks),
                detail=str(row.get("detail") or ""),
            )
        )
    return answers
