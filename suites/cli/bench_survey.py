"""The survey of a run: it collects the items of the chosen parts before a part starts."""

import dataclasses
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.cli.bench_parts import holds, plugins, repetitions
from taskgauge.suites.run_control.errors import OperationUnknown, SurveyFailed
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Listener
from taskgauge.suites.run_control.pytest_process import PartProcess

_START = 1.0
"""Seconds until a part's pytest runs its first item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A part with its items, and the predicted seconds of each item in one repetition."""

    part: Part
    items: dict[str, float]
    repetitions: int
    runs: dict[str, int] = field(default_factory=dict)
    """The number of repetitions that run an item, if not all do."""
    targets: dict[str, str] = field(default_factory=dict)
    """The target of each item, in a part that measures whole backends."""

    @property
    def seconds(self) -> float:
        """The predicted seconds of the whole part."""
        return sum(seconds * self.runs.get(item, self.repetitions) for item, seconds in self.items.items())

    def without(self, target: str) -> "Planned":
        """Return the plan of a part that measures whole backends without the items of a target."""
        targets = {item: name for item, name in self.targets.items() if name != target}
        return dataclasses.replace(self, items={item: self.items[item] for item in targets}, targets=targets)


class _CollectedItem(NamedTuple):
    item: str
    path: Path
    measures: set[str]
    repetitions: int | None
    on_request: bool
    target: str
    seconds: float

    def is_wanted(self, only: Collection[str]) -> bool:
        """Return True if these names of operations choose the item; without names, all that need not be named."""
        return bool(self.measures.intersection(only)) if only else not self.on_request


def survey(parts: Sequence[Part], options: Options, interruption: Interruption) -> tuple[Planned, ...]:
    """Collect the parts without running them, and return what `options` chooses of them.

    Raise WrongUse for an unknown variant or operation, and SurveyFailed if a suite cannot be collected.
    """
    with tempfile.TemporaryDirectory(prefix="taskgauge-") as folder:
        collected = _collect(parts, options, Path(folder), interruption)
    wanted = set(options.only)
    known = {measure for item in collected for measure in item.measures}
    for operation in options.only:
        if operation not in known:
            raise OperationUnknown(operation, known)
    planned = []
    for part in parts:
        chosen = [item for item in collected if holds(part, item.path) and item.is_wanted(wanted)]
        items = {item.item: item.seconds + (0 if number else _START) for number, item in enumerate(chosen)}
        planned.append(
            Planned(
                part=part,
                items=items,
                repetitions=repetitions(part, options.scale),
                runs={item.item: item.repetitions for item in chosen if item.repetitions},
                targets=_targets(part, chosen),
            )
        )
    return tuple(planned)


def _targets(part: Part, items: Iterable[_CollectedItem]) -> dict[str, str]:
    if part.files != "traces":
        return {}
    return {item.item: item.target for item in items}


def _collect(parts: Iterable[Part], options: Options, folder: Path, interruption: Interruption) -> list[_CollectedItem]:
    process = PartProcess(
        arguments=[
            "--collect-only",
            "-q",
            *pytest_arguments(dataclasses.replace(options, only=(), run_folder=folder), parts),
        ],
        folder=folder,
        log=folder / "log.txt",
        progress=folder / "progress.jsonl",
        temporary=folder,
        import_from=import_from(options),
    )
    process.start()
    try:
        while process.code() is None and interruption.received is None:
            time.sleep(0.05)
    finally:
        process.stop(grace=2)
    events = list(Listener(process.progress).news())
    interruption.check()
    for event in events:
        if event["event"] == "wrong use":
            raise WrongUse(event["reason"])
    if process.code() != 0:
        raise SurveyFailed(process.explaining_line())
    return [
        _CollectedItem(
            item["item"],
            Path(item["path"]).resolve(),
            set(item["measures"]),
            item["repetitions"],
            item["on_request"],
            item["target"],
            item["seconds"],
        )
        for event in events
        if event["event"] == "collected"
        for item in event["items"]
    ]


def import_from(options: Options) -> Path | None:
    """Return the working directory if an arm is a user's own variant, which may be there."""
    return Path.cwd() if any(":" in arm for arm in options.arms) else None


def pytest_arguments(options: Options, parts: Iterable[Part]) -> list[str]:
    """Return the pytest arguments that pass these options to the suites."""
    scale = options.scale
    chosen = [f"--variant={arm}" for arm in options.arms] + [f"--only={operation}" for operation in options.only]
    chosen += [f"--measured-target={name}" for name in options.targets]
    chosen += [f"--measured-environment={entry}" for entry in options.environments]
    chosen += ["--one-cell"] if options.one_cell else []
    chosen += ["--calls-from-drains"] if options.calls_from_drains else []
    chosen += [f"--rows={options.rows}"]
    chosen += [] if options.backlog is None else [f"--backlog={options.backlog}"]
    chosen += ["--all-cells"] if options.all_cells else []
    memory = [] if options.memory is None else [f"--memory={options.memory}"]
    parts = tuple(parts)
    return [
        f"--rootdir={options.run_folder}",
        f"--confcutdir={options.run_folder}",
        "-p",
        "no:cacheprovider",
        *(argument for plugin in plugins(parts) for argument in ("-p", plugin)),
        f"--run-folder={options.run_folder}",
        f"--scale={scale.name}",
        f"--tasks={scale.tasks}",
        f"--processes={scale.processes}",
        f"--slices={scale.slices}",
        f"--seed={options.seed}",
        f"--repetition={options.repetition}",
        *memory,
        *chosen,
        "--pyargs",
        *(part.suite for part in parts),
    ]
