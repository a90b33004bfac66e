"""The cost of a task for its store: statements, commands or messages by phase of a session, and of idle workers."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from taskgauge.reports.run_folder.traces import Header, Phase, PhaseName

_HOUR = 3_600
_TABLE = r"(?:ONLY )?((?:[\w$]+|\"[^\"]+\")(?:\.(?:[\w$]+|\"[^\"]+\"))?)"
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (rf"^INSERT (?:OR \w+ )?INTO {_TABLE}", "INSERT"),
        (rf"^UPDATE (?:OR \w+ )?{_TABLE}", "UPDATE"),
        (rf"^DELETE FROM {_TABLE}", "DELETE"),  # noqa: S608 -- a pattern
        (rf"^WITH .*?\bUPDATE {_TABLE}", "WITH … UPDATE"),
        (rf"^WITH .*?\bDELETE FROM {_TABLE}", "WITH … DELETE"),
        (r"^SELECT (?:\* FROM )?([\w$]+\.[\w$]+|[\w$]+) ?\(", "SELECT"),
        (rf"^SELECT .*?\bFROM {_TABLE}", "SELECT"),
    )
)
_SAVEPOINT = re.compile(r"^(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) .*", re.IGNORECASE)


class Recorded(Protocol):
    """A trace, or the session that was made of it: anything with the facts of a session."""

    @property
    def header(self) -> Header:
        """The facts of the session."""


def phase(session: Recorded, name: PhaseName) -> Phase | None:
    """Return the phase of this name, or None if the session has none."""
    return next((entry for entry in session.header.phases if entry.name == name), None)


def per_unit(session: Recorded, name: PhaseName) -> float | None:
    """Return the statements, commands and messages of a phase for each call or task.

    Return None if there is no such phase, no store, or a store that was not counted.
    """
    entry = phase(session, name)
    if entry is None or not entry.units or not entry.counts or session.header.not_counted:
        return None
    return _total(entry) / entry.units


def per_unit_by_name(session: Recorded, name: PhaseName) -> dict[str, float]:
    """Return the same by short name, such as `UPDATE shop_task`; statements on the same table are added up."""
    entry = phase(session, name)
    if entry is None or not entry.units:
        return {}
    counts: Counter[str] = Counter()
    for kind, texts in entry.counts.items():
        for text, count in texts.items():
            counts[text.upper() if kind == "redis" else short_name(text)] += count
    return {text: count / entry.units for text, count in sorted(counts.items())}


def log_lines_per_task(session: Recorded) -> float | None:
    """Return the lines that workers print for each task, or None without a counted run of tasks."""
    entry = phase(session, "run")
    return entry.log_lines / entry.units if entry is not None and entry.units else None


def idle_costs(session: Recorded) -> Mapping[str, float]:
    """Return by metric what an idle worker costs in an hour."""
    entry = phase(session, "idle")
    if entry is None or not entry.seconds:
        return {}
    hours = entry.seconds / _HOUR * entry.units
    costs = {}
    if entry.counts and not session.header.not_counted:
        costs["idle-commands"] = _total(entry) / hours
    if entry.worker_cpu_seconds is not None:
        costs["idle-cpu"] = entry.worker_cpu_seconds / hours
        costs["idle-log"] = entry.log_bytes / hours
    return costs


def short_name(text: str) -> str:
    """Return a statement as its verb and its table or function, or else its first three words."""
    line = " ".join(text.split())
    if savepoint := _SAVEPOINT.match(line):
        return savepoint[1].upper()
    for pattern, verb in _PATTERNS:
        if match := pattern.match(line):
            return f"{verb} {match[1].replace('"', '')}"
    return " ".join(line.split(" ")[:3])


def _total(entry: Phase) -> int:
    return sum(sum(texts.values()) for texts in entry.counts.values())
