"""The options of `taskgauge bench` as the command line has them, and what they mean for a run."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import click

from taskgauge.reports.run_folder.commands import DEFAULT_DEPTH
from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.cli.bench_parts import HOSTS
from taskgauge.suites.cli.bench_targets import absolute
from taskgauge.suites.run_control.options import SCALES, Options, RowChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """The options of `taskgauge bench`; each field has the name of its parameter in the command line."""

    command: list[str]
    """The words of the whole command, for run.json."""
    scale: str | None
    tasks: int | None
    arms: Sequence[str]
    parts: Sequence[str]
    only: Sequence[str]
    targets: Sequence[str]
    every: bool
    install: bool
    budget: float | None
    """Seconds."""
    all_cells: bool
    one_cell: bool
    rows: RowChoice
    out: Path | None
    processes: int | None
    slices: int | None
    memory: int | None
    """Bytes."""
    seed: int | None
    strict: bool

    def for_suites(self) -> Options:
        """Return what a suite may read of these options, without its run folder and environments.

        A default run measures few whole backends, each with one workload for each part.
        """
        from taskgauge.suites.sessions.plan import embedded  # noqa: PLC0415 -- imports Django, which is slow
        from taskgauge.suites.shapes.arms import with_baseline  # noqa: PLC0415 -- imports Django too

        make = SCALES[self.scale or "default"]
        scale = make() if self.tasks is None else make(self.tasks)
        is_default = not (self.parts or self.every)
        one_cell = self.one_cell or is_default or (self.every and not self.all_cells)
        drains = not self.only and (not self.parts or {"throughput", "enqueue"} <= {*self.parts})
        return Options(
            scale=replace(scale, processes=self.processes or scale.processes, slices=self.slices or scale.slices),
            run_folder=Path(),
            arms=with_baseline(self.arms),
            only=tuple(self.only),
            targets=embedded() if is_default else tuple(map(absolute, self.targets)),
            one_cell=one_cell,
            calls_from_drains=one_cell and drains,
            all_cells=self.all_cells,
            rows=self.rows,
            # A depth that is given gets no deeper row, for which a default run has no time.
            backlog=DEFAULT_DEPTH if is_default and scale.name != "quick" else self.tasks,
            seed=secrets.randbelow(2**32) if self.seed is None else self.seed,
            memory=self.memory,
        )

    def chosen(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Return the parts that are asked for, in the order in which they run.

        Without names, return all that run by default, or all that a run of all targets measures. Raise click.UsageError
        for a name that no part has, and for an option of whole backends if none of the parts measures them.
        """
        known = [part.name for part in parts]
        for name in self.parts:
            if name == HOSTS.name and name not in known:
                raise click.UsageError(f"--part {name} needs --cluster: several hosts send at the same time")
            if name not in known:
                near = get_close_matches(name, known, n=1)
                advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise click.UsageError(f"there is no part {name!r}: {advice}")
        if self.parts:
            chosen = tuple(part for part in parts if part.name in self.parts)
        elif self.every:
            chosen = tuple(part for part in parts if part.of_all_targets)
        else:
            chosen = tuple(part for part in parts if not part.on_request)
        self._check(chosen, parts)
        return chosen

    def _check(self, chosen: Sequence[Part], parts: Sequence[Part]) -> None:
        named = chosen if self.parts or self.every else ()
        whole = [part.files == "traces" for part in named]
        for option, value in (
            ("--target", self.targets),
            ("--install", self.install),
            ("--all", self.every),
            ("--budget", self.budget),
            ("--rows", self.rows != "production"),
            ("--all-cells", self.all_cells),
            ("--one-cell", self.one_cell),
        ):
            if value and not (any(whole) and (option != "--budget" or all(whole))):
                names = ", ".join(part.name for part in parts if part.files == "traces")
                raise click.UsageError(f"{option} is for the parts that measure whole backends: --part {names}")
        if self.every and self.targets:
            raise click.UsageError("--all measures every target: leave out --target")
