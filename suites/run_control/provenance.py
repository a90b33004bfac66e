"""What a run was made with, and how far it came: `run.json`."""

import dataclasses
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.processes.git import GitFailed, git
from taskgauge.suites.run_control.processors import usable_processors

FORMAT = 1
PACKAGES = (
    "asgiref",
    "attrs",
    "django-tasks-db",
    "memray",
    "msgspec",
    "psutil",
    "pyperf",
    "pytest",
    "pytest-benchmark",
)
"""Distributions whose version may change a figure; one that is not installed is left out."""


def stolen_seconds() -> float:
    """Return the seconds that other guests took from this machine since it started; 0 where no kernel tells."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


@dataclasses.dataclass(slots=True, kw_only=True)
class PartRecord:
    """How one part ended; `seconds` and `predicted_seconds` are wall time."""

    name: str
    predicted_seconds: float
    state: str = "not run"
    """`not run`, `running`, `finished`, `failed`, `interrupted` or `refused`."""
    seconds: float | None = None
    reason: str = ""


@dataclasses.dataclass(slots=True)
class RunRecord:
    """Keeps `run.json` true while the run goes on."""

    folder: Path
    facts: dict[str, Any]
    parts: list[PartRecord] = dataclasses.field(default_factory=list)
    left_out: list[dict[str, str]] = dataclasses.field(default_factory=list)
    _stolen_before: float = dataclasses.field(default_factory=stolen_seconds, init=False)

    @classmethod
    def start(cls, folder: Path, asked: Mapping[str, Any], command: list[str]) -> "RunRecord":
        """Collect what is known before anything runs, with what was asked for, and write it."""
        record = cls(folder, collect(asked, command))
        record.write("running")
        return record

    def leave_out(self, what: str, why: str) -> None:
        """Record that something was not measured; each once."""
        entry = {"what": what, "why": why}
        if entry not in self.left_out:
            self.left_out.append(entry)

    def write(self, state: str) -> None:
        """Write `run.json` in one step; `state` is `running`, `finished`, `interrupted` or `failed`."""
        finished = {} if state == "running" else {"finished": _now(), "load_after": _load()}
        document = {
            "format": FORMAT,
            "state": state,
            **self.facts,
            **finished,
            "steal_seconds": round(stolen_seconds() - self._stolen_before, 2),
            "left_out": self.left_out,
            "parts": [
                # A part that is read while it runs, or after the machine went down, was cut short.
                dataclasses.asdict(part) | ({"state": "interrupted"} if part.state == "running" else {})
                for part in self.parts
            ],
        }
        fresh = self.folder / "run.json.new"
        fresh.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", errors="replace")
        fresh.replace(self.folder / "run.json")


def collect(asked: Mapping[str, Any], command: list[str]) -> dict[str, Any]:
    """Return the facts that a reader needs to judge a run or to repeat it; `asked` becomes its options."""
    return {
        "started": _now(),
        "command": command,
        "commit": commit(),
        "versions": versions(),
        "machine": {
            "system": platform.system(),
            "kernel": platform.release(),
            "architecture": platform.machine(),
            "cpu": _cpu(),
            "cpus": usable_processors(),
            "cpus_of_machine": os.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
        },
        "python": {
            "implementation": platform.python_implementation(),
            "build": " ".join(platform.python_build()),
            "compiler": platform.python_compiler(),
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
            "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        },
        "load_before": _load(),
        "options": dict(asked),
    }


def versions() -> dict[str, str]:
    """Return the versions of all that a figure depends on."""
    found = {"python": platform.python_version(), "taskgauge": version("taskgauge"), "django": version("django")}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def version(distribution: str) -> str:
    """Return the version of an installed distribution."""
    return importlib.metadata.version(distribution)


def commit() -> str:
    """Return the short commit this program runs from, `+` behind it when files differ; else its version."""
    root = Path(__file__).parents[2]
    try:
        top, found = git(root, "rev-parse", "--show-toplevel", "--short", "HEAD").splitlines()
        if Path(top) == root:
            return found + ("+" if git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (GitFailed, ValueError):
        pass  # no git, no repository, no commit yet: an installed wheel has none of them
    return version("taskgauge")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _load() -> list[float]:
    return [round(load, 2) for load in psutil.getloadavg()]


def _cpu() -> str:
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
