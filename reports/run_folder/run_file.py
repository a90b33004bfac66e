"""The provenance and the state of a run: `run.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from taskgauge.reports.run_folder import format_1
from taskgauge.reports.run_folder.documents import convert, read_document, write_document

FILE = "run.json"
FINISHED: Literal["finished"] = "finished"
NOT_RUN: Literal["not run"] = "not run"

type Kind = Literal["bench", "conformance", "gate", "calibration"]
type RunState = Literal["running", "finished", "interrupted", "failed"]
type State = Literal["not run", "running", "finished", "failed", "interrupted", "refused"]


@dataclass(slots=True, kw_only=True)
class PartRecord:
    """The state of a part of a run; seconds are wall time, None if they are not known."""

    name: str
    predicted_seconds: float | None = None
    state: State = NOT_RUN
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """Something that a run left out, with the reason."""

    what: str
    why: str


@dataclass(slots=True, kw_only=True)
class Run:
    """The content of `run.json`, in the order of the file; a file may have more keys."""

    state: RunState = "finished"
    kind: Kind = "bench"
    started: str = ""
    command: list[str] = field(default_factory=list)
    commit: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    python: dict[str, Any] = field(default_factory=dict)
    load_before: list[float] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    finished: str | None = None
    load_after: list[float] = field(default_factory=list)
    steal_seconds: float = 0.0
    left_out: list[NotMeasured] = field(default_factory=list)
    parts: list[PartRecord] = field(default_factory=list)


def write_run(folder: Path, run: Run) -> None:
    """Write `run.json`. Raises OSError."""
    # If the file is read while a part runs, or after the machine went down, the part counts as interrupted.
    parts = [replace(part, state="interrupted") if part.state == "running" else part for part in run.parts]
    write_document(folder / FILE, replace(run, parts=parts))


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return the content of `run.json`, unchanged. Raises RunFileBroken, RunFolderNewer."""
    return convert(folder / FILE, read_document(folder / FILE), dict[str, Any])


def as_run(folder: Path, provenance: Mapping[str, Any]) -> Run:
    """Return the content of `run.json` as a record. Raises RunFileBroken."""
    document = format_1.run(provenance) if provenance.get("format", 1) == 1 else provenance
    return convert(folder / FILE, document, Run)


def start_day(started: object) -> date:
    """Return the day of a run's `started`, on which known failures are judged. Raises ValueError if it is no time."""
    return datetime.fromisoformat(str(started)).date()
