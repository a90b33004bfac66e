"""The context of all parts of a gate: the two sides, the process profiles with their stores, and the processes."""

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from taskgauge.backends.processes.error_line import without_escapes
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.problems import ProblemsFile, SideProblem
from taskgauge.suites.gate.process_profile import ProcessProfile
from taskgauge.suites.gate.processes import SideProcess, Timeouts
from taskgauge.suites.gate.projects import PreparationFailed, Project, copy_store, prepare, write_project
from taskgauge.suites.gate.sides import InstalledSide, InstalledSides
from taskgauge.suites.gate.stores import Stores, stores_for

HASH_SEEDS = 2**32


@dataclass(slots=True, kw_only=True)
class GateContext:
    """Starts processes of a side under a profile's settings, each in its own folder."""

    sides: InstalledSides
    profiles: tuple[ProcessProfile, ...]
    run_folder: Path
    temporary: Path
    code: Path
    """The folder that contains `taskgauge_side`."""
    tools: Path | None
    """The folder that contains memray; None if it could not be installed."""
    interruption: Interruption
    timeouts: Timeouts
    problems: ProblemsFile
    random: random.Random
    _stores: dict[str, Stores] = field(default_factory=dict)
    _prepared: dict[tuple[str, str, int], Project] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _count: int = 0

    def side(self, name: str) -> InstalledSide:
        """Return base or head."""
        return self.sides.base if name == "base" else self.sides.head

    def close(self) -> None:
        """Close the stores and forget them; a later process gets new ones."""
        self._stores.clear()
        self._prepared.clear()
        self._stack.close()

    def empty(self, profile: ProcessProfile) -> None:
        """Remove everything that tasks left on the profile's servers."""
        self._stores_of(profile).empty()

    @contextmanager
    def process(self, profile: ProcessProfile, side: InstalledSide, role: int = 0) -> Iterator[SideProcess]:
        """Start a fresh process with a random hash seed, and end it with the context.

        Raises SideProblem if its store cannot be prepared, TargetUnusable, Interrupted.
        """
        prepared = self._prepared_for(profile, side, role)
        project = self._write(profile, side, role)
        copy_store(prepared, project)
        output = project.folder / "said.txt"
        process = SideProcess(
            side,
            project,
            seed=self.random.randrange(HASH_SEEDS),
            log=output,
            interruption=self.interruption,
            timeouts=self.timeouts,
        )
        try:
            yield process
        finally:
            process.end()
            self._keep(output, f"gate-{profile.name}-{side.name}.txt")
            shutil.rmtree(project.folder, ignore_errors=True)

    def _stores_of(self, profile: ProcessProfile) -> Stores:
        if profile.name not in self._stores:
            logs = self.run_folder / "log" / f"gate-{profile.name}"
            self._stores[profile.name] = self._stack.enter_context(stores_for(profile, logs))
        return self._stores[profile.name]

    def _prepared_for(self, profile: ProcessProfile, side: InstalledSide, role: int) -> Project:
        key = (profile.name, side.name, role if profile.needs_server else 0)
        if key not in self._prepared:
            project = self._write(profile, side, role)
            log = self.run_folder / "log" / f"gate-{profile.name}-{side.name}.txt"
            try:
                prepare(profile, side, project, log=log, interruption=self.interruption)
            except PreparationFailed as error:
                raise SideProblem(side.name, "crashes", f"its store cannot be prepared: {error}") from error
            self._prepared[key] = project
        return self._prepared[key]

    def _write(self, profile: ProcessProfile, side: InstalledSide, role: int) -> Project:
        self._count += 1
        # The names have equal length, so that nothing that depends on a path's length differs.
        folder = self.temporary / f"{self._count:05}"
        return write_project(profile, side, self._stores_of(profile), role=role, folder=folder, code=self.code)

    def _keep(self, output: Path, name: str) -> None:
        """Add the output of a process to the run folder."""
        text = without_escapes(output.read_text(encoding="utf-8", errors="replace")) if output.exists() else ""
        if text.strip():
            with (self.run_folder / "log" / name).open("a", encoding="utf-8", errors="replace") as log:
                log.write(text)
