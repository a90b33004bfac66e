"""Run folders of format 1: the paths of their files, and their content in the words of the current format."""

from collections.abc import Mapping
from typing import Any

from taskgauge.reports.run_folder import declarations
from taskgauge.reports.run_folder.registry import Metric, Registry

REGISTRY = Registry(
    parts=(),
    metrics=(
        Metric(name="dispatch-rate", title="Tasks from first start to last finish", unit="tasks/s", better="more"),
    ),
).over(declarations.REGISTRY)
"""The registry of folders that keep none, with the metric that had another meaning then."""
LEFT_OUT = "left_out.json"
_PAIR = {"verb": "operation", "burn": "extra_work"}
_COMPARISONS = {"placebo": "control", "canary": "positive control"}


def files(part: str, pattern: str) -> str:
    """Return the path of the files that have the path `pattern` in the current format."""
    return pattern if pattern.endswith("*.json") else f"{part}/{part}.json"


def run(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `run.json` in the current format; in format 1 only gates had a kind, and versions could be at the top."""
    parts = document.get("parts", [])
    names = [part.get("name") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    kind = "conformance" if any(str(name).startswith("conformance ") for name in names) else "bench"
    versions = {name.lower(): value for name, value in document.items() if isinstance(value, str)}
    named = {name: versions[name] for name in ("python", "django") if name in versions}
    known = {name: value for name, value in document.items() if name.lower() not in named}
    return {"kind": kind, "versions": named} | known


def rows(document: Mapping[str, Any], part: str) -> Any:
    """Return the samples, answers or reasons of a file; format 1 called a metric `measure`, and samples had no part."""
    listed = document.get("samples", document.get("rows"))
    return [_row(row, part) for row in listed] if isinstance(listed, list) else None


def problems(rows: list[object]) -> dict[str, Any]:
    """Return the problems of a gate, which format 1 kept as a bare list."""
    return {"problems": [operation(row) for row in rows]}


def pair(document: object) -> object:
    """Return a line of a duet; format 1 had other names for the controls and for the extra work of one of them."""
    if not isinstance(document, dict):
        return document
    known = {_PAIR.get(name, name): value for name, value in document.items()}
    if (name := _COMPARISONS.get(str(known.get("comparison")))) is not None:
        known["comparison"] = name
    return known


def operation(document: object) -> object:
    """Return a row that names an operation; format 1 called it a verb."""
    if isinstance(document, dict) and "verb" in document:
        return {"operation" if name == "verb" else name: value for name, value in document.items()}
    return document


def _row(row: Any, part: str) -> Any:
    if not isinstance(row, dict):
        return row
    known = {"metric" if name == "measure" else name: value for name, value in row.items() if value is not None}
    return {"part": part} | known
