"""The verdicts on one target: `conformance/<target>.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from taskgauge.reports.run_folder.documents import read_document, write_document
from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.printable import NotFinite, printable
from taskgauge.reports.run_folder.verdict import Verdict

FOLDER = "conformance"
SHARED = "requirements.json"
"""The file of a published folder with what the rows of all targets have in common, by requirement."""
SHARED_KEYS = ("area", "level", "sentence", "link")

Level = Literal["MUST", "SHOULD"]
State = Literal["finished", "partial", "failed"]


class Outcome(StrEnum):
    """The outcome of a test of a requirement."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A failure that is listed as known; it counts again after the day `expires`."""

    reason: str
    expires: date
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """The outcome of one test of a requirement, with the expected and the observed value if it failed."""

    __test__ = False  # pytest must not collect this class
    name: str
    outcome: Outcome
    seconds: float = 0.0
    reason: str = ""
    expected: str = ""
    seen: str = ""
    worker_tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    """The verdict on one requirement."""

    id: str
    area: str
    level: Level
    sentence: str
    verdict: Verdict
    inherited: bool = False
    reason: str = ""
    link: str = ""
    command: str = ""
    tests: tuple[TestOutcome, ...] = ()
    known: Known | None = None

    @property
    def is_broken(self) -> bool:
        """True if this is a MUST that does not hold."""
        return self.level == "MUST" and self.verdict.breaks

    @property
    def is_judged(self) -> bool:
        """True if the target claims to keep the requirement: it applies, and its feature is not declined."""
        return self.verdict is not Verdict.NOT_APPLICABLE and not self.verdict.declines


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to an open question or a disagreement: a word or a figure, which is not judged."""

    id: str
    question: str
    answer: str
    aspect: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The smallest argument or return value that differs from the round trip through JSON."""

    what: str
    example: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResults:
    """A target; the file of a target that was not judged has a reason, and may have nothing else."""

    target: str
    state: State
    reason: str = ""
    command: str = ""
    """The command that checks the target again; empty in run folders of versions that did not keep it."""
    backend: str = ""
    framework: str = ""
    runs: str = ""
    seconds: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    requirements: tuple[RequirementRow, ...] = ()
    open_questions: tuple[Answer, ...] = ()
    disagreements: tuple[Answer, ...] = ()
    round_trip: tuple[Difference, ...] = ()
    settings: str = ""
    log: str = ""

    @property
    def is_judged(self) -> bool:
        """True if the target has verdicts."""
        return self.state != "failed"

    @property
    def is_on_backport(self) -> bool:
        """True if the target is built on the backport, and therefore is not a backend of django.tasks."""
        return self.framework not in {"", "django.tasks"}

    def rows(self, *verdicts: Verdict) -> list[RequirementRow]:
        """Return the rows with any of these verdicts; no rows if the target was not judged."""
        return [row for row in self.requirements if row.verdict in verdicts] if self.is_judged else []

    @property
    def holding(self) -> list[RequirementRow]:
        """The rows that hold; no rows if the target was not judged."""
        return self.rows(*(verdict for verdict in Verdict if verdict.holds))

    @property
    def failing(self) -> list[RequirementRow]:
        """The rows that fail, with recommendations; no rows if the target was not judged."""
        return self.rows(*(verdict for verdict in Verdict if verdict.fails))


def write_target(folder: Path, target: TargetResults) -> None:
    """Write the file of a target into a run folder. Raises OSError."""
    write_document(folder / FOLDER / f"{target.target}.json", target)


def read_targets(folder: Path) -> tuple[TargetResults, ...]:
    """Return the targets of a run folder, sorted by name; empty if no target was checked.

    Raises RunFileBroken, RunFolderNewer.
    """
    shared = folder / SHARED
    rows = read_document(shared).get("requirements") if shared.is_file() else None
    if rows is not None and not (isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values())):
        raise RunFileBroken(shared, "its requirements are no objects")
    return tuple(read_target(path, rows or {}) for path in sorted((folder / FOLDER).glob("*.json")))


def read_target(path: Path, shared: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> TargetResults:
    """Return the target of a file; unknown keys are ignored, and `shared` has keys that rows lack, by requirement.

    Raises RunFileBroken, RunFolderNewer.
    """
    document = read_document(path)
    if "format" not in document:
        raise RunFileBroken(path, "it has no format")
    if shared and isinstance(rows := document.get("requirements"), list):
        document["requirements"] = [
            {**shared.get(str(row.get("id")), {}), **row} if isinstance(row, dict) else row for row in rows
        ]
    try:
        document = printable(document)
        target = msgspec.convert(document, TargetResults)
    except NotFinite as error:
        raise RunFileBroken(path, str(error)) from error
    except msgspec.ValidationError as error:
        raise RunFileBroken(path, _where(document.get("requirements")) or str(error)) from error
    said = target.requirements or target.open_questions or target.disagreements
    required = (target.backend, target.framework, target.versions, said)
    if target.is_judged and not all(required):
        raise RunFileBroken(path, f"it is {target.state}, but lacks backend, framework, versions or requirements")
    ids = [row.id for row in target.requirements]
    if len(ids) != len(set(ids)):
        raise RunFileBroken(path, "it has two verdicts on one requirement")
    return target


def _where(rows: object) -> str:
    """Return the fault of the first broken row, with its number; empty if no row is broken."""
    for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
        try:
            msgspec.convert(row, RequirementRow)
        except msgspec.ValidationError as error:
            return f"requirement {number}: {error}"
    return ""
