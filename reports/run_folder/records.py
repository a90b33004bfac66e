"""The records of a run folder that are no measurements: parts, answers, and what was left out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.samples import read_document

FINISHED = "finished"
NOT_RUN = "not run"
STATES = (FINISHED, "failed", "interrupted", "refused", NOT_RUN)


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
    """One cell of the behaviour table: `answer` is yes, no or N/A, `breaks` names requirements."""

    id: str
    question: str
    arm: str
    answer: str
    breaks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Why an arm takes no part in a measure."""

    part: str
    measure: str
    arm: str
    reason: str


def start_day(provenance: Mapping[str, object]) -> date:
    """Return the day on which a run started, by which its known failures are judged. Raises ValueError if unknown."""
    return datetime.fromisoformat(str(provenance.get("started"))).date()


def read_parts(file: Path, provenance: Mapping[str, object]) -> list[Part]:
    """Return the parts that run.json names. Raises RunFileBroken."""
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


def read_left_out(path: Path) -> list[LeftOut]:
    """Return what left_out.json says; nothing where there is no such file. Raises RunFileBroken, RunFolderNewer."""
    keys = ("part", "measure", "arm", "reason")
    return [LeftOut(**{key: row[key] for key in keys}) for row in _rows(path, keys)] if path.is_file() else []


def read_answers(path: Path) -> list[Answer]:
    """Return the cells of behaviour.json. Raises RunFileBroken, RunFolderNewer."""
    answers = []
    for number, row in enumerate(_rows(path, ("id", "question", "arm", "answer")), 1):
        breaks = row.get("breaks") or []
        if not isinstance(breaks, list) or not all(isinstance(name, str) for name in breaks):
            raise RunFileBroken(path, f"row {number} breaks what is no list of requirements")
        answers.append(
            Answer(
                id=row["id"],
                question=row["question"],
                arm=row["arm"],
                answer=row["answer"],
                breaks=tuple(breaks),
                detail=str(row.get("detail") or ""),
            )
        )
    return answers


def _rows(path: Path, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = read_document(path).get("rows")
    if not isinstance(rows, list):
        raise RunFileBroken(path, "it has no list of rows")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
            raise RunFileBroken(path, f"row {number} lacks one of {', '.join(keys)}")
    return rows
