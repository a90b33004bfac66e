"""Collects the versions and the machine of a run, and writes its `run.json`."""

import dataclasses
import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.processes.git import GitFailed, git
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.registry import Registry, write_registry
from taskgauge.reports.run_folder.run_file import Kind, NotMeasured, PartRecord, Run, RunState, write_run
from taskgauge.suites.run_control.processors import usable_processors

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
"""Distributions whose version may change a figure; those that are not installed are left out."""
HOST = "TASKGAUGE_HOST"
"""The environment variable with the name of this host in a cluster; it is set only there."""


def stolen_seconds() -> float:
    """Return the seconds that other guests took from this machine since it started; 0 if the kernel does not report."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


@dataclasses.dataclass(slots=True)
class RunRecord:
    """Updates `run.json` while the run goes on."""

    folder: Path
    run: Run
    _stolen_before: float = dataclasses.field(default_factory=stolen_seconds, init=False)

    @classmethod
    def start(
        cls,
        folder: Path,
        asked: Mapping[str, Any],
        command: list[str],
        *,
        kind: Kind = "bench",
        registry: Registry = REGISTRY,
    ) -> "RunRecord":
        """Write the options and the registry before anything runs, and return the record."""
        record = cls(folder, collect(asked, command, kind))
        write_registry(folder, registry)
        record.write("running")
        return record

    @property
    def parts(self) -> list[PartRecord]:
        """The records of the parts, with how each part ended."""
        return self.run.parts

    def leave_out(self, what: str, why: str) -> None:
        """Record that something was not measured; a repeated entry is recorded once."""
        entry = NotMeasured(what=what, why=why)
        if entry not in self.run.left_out:
            self.run.left_out.append(entry)

    def write(self, state: RunState) -> None:
        """Write `run.json` atomically."""
        self.run.state = state
        if state != "running":
            self.run.finished, self.run.load_after = _now(), _load()
        self.run.steal_seconds = round(stolen_seconds() - self._stolen_before, 2)
        write_run(self.folder, self.run)


def collect(asked: Mapping[str, Any], command: list[str], kind: Kind) -> Run:
    """Return the facts that a reader needs to judge or repeat a run; `asked` becomes its options."""
    return Run(
        kind=kind,
        started=_now(),
        command=command,
        commit=commit(),
        versions=versions(),
        machine={
            "system": platform.system(),
            "kernel": platform.release(),
            "architecture": platform.machine(),
            "cpu": _cpu(),
            "cpus": usable_processors(),
            "cpus_of_machine": os.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            **({"host": os.environ[HOST]} if os.environ.get(HOST) else {}),
        },
        python={
            "implementation": platform.python_implementation(),
            "build": " ".join(platform.python_build()),
            "compiler": platform.python_compiler(),
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
            "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        },
        load_before=_load(),
        options=dict(asked),
    )


def versions() -> dict[str, str]:
    """Return the versions of everything that a figure depends on."""
    by_name = {"python": platform.python_version(), "taskgauge": version("taskgauge"), "django": version("django")}
    for name in PACKAGES:
        try:
            by_name[name] = version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return by_name


def version(distribution: str) -> str:
    """Return the version of an installed distribution."""
    return importlib.metadata.version(distribution)


def commit() -> str:
    """Return the short commit of this program, with `+` if files differ from it; outside git, return its version."""
    root = Path(__file__).parents[2]
    try:
        top, short = git(root, "rev-parse", "--show-toplevel", "--short", "HEAD").splitlines()
        if Path(top) == root:
            return short + ("+" if git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (GitFailed, ValueError):
        pass  # an installed wheel has no git, no repository or no commit
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
