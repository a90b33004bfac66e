"""The plan of a part: its targets with their floors, and its sessions in interleaved order."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django import VERSION

from taskgauge.backends.descriptors.reader import CATALOG, Target, load_targets
from taskgauge.backends.floors import FLOORS
from taskgauge.backends.services import unavailable
from taskgauge.backends.services.starting import CLASSES
from taskgauge.backends.yardsticks import PREFIX, YARDSTICKS
from taskgauge.reports.judging.standings import CONNECTION
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.sessions.session import SessionPlan

DEFAULT = ("reference-process", "django-tasks-db@sqlite")
"""The targets of a run that names none: they need no server."""
_EMBEDDED = ("reference-memory", "reference-process")
"""The targets of a default run: they need neither a server nor a package."""
REPETITIONS = 5
"""The sessions of each target and workload: below this number nothing is ordered."""
DEPTH = 10_000
"""The waiting tasks of a session, the same for all targets."""
_QUICK = 10
"""A quick run divides the numbers of tasks by this."""
_IN_PROCESS = "floor-queue"
_BY_PLACE = {"inside": "floor-call", "processes": "floor-pipe"}
"""The further floor of a backend without a store, by the place where its tasks run."""
_BY_KIND = {
    "redis": "floor-redis@redis",
    "sqlite": "floor-database@sqlite",
    "postgresql": "floor-database@postgresql",
    "rabbitmq": "floor-rabbitmq@rabbitmq",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A target, a yardstick or a floor of a run."""

    target: Target
    argument: str
    """The name that `load_target` takes."""
    is_floor: bool = False
    is_named: bool = True
    """False for a floor that comes with its targets by itself."""
    python: str = sys.executable
    """The interpreter of the environment in which it is installed."""

    @property
    def catalog(self) -> Path:
        """The folder with its descriptor."""
        return folder_of(self.argument) if self.is_floor else CATALOG

    def left_out(self) -> str | None:
        """Return the reason why it cannot run here, or None."""
        if self.target.name == "reference-process" and VERSION < (6, 1):
            return "N/A: Django 6.0 cannot pickle a Task, which this backend sends to its worker processes"
        if self.python == sys.executable:
            missing, lacks = self.target.missing(), unavailable
        else:
            # An environment of its own has the packages: only servers can be missing.
            missing, lacks = None, lambda kind: CLASSES[kind].without_server()
        return missing or next((f"{kind}: {reason}" for kind in self.target.kinds if (reason := lacks(kind))), None)


def folder_of(name: str) -> Path:
    """Return the folder with the descriptor of a target, a floor or a yardstick of this name."""
    return YARDSTICKS if name.startswith(PREFIX) else FLOORS if name.startswith("floor-") else CATALOG


def embedded() -> tuple[str, ...]:
    """Return the targets of a default run that can run here."""
    entries = _named(_EMBEDDED, connections=False)
    return tuple(entry.target.name for entry in entries if entry.is_named and not entry.left_out())


def measured(names: Sequence[str], options: Options | None = None, *, connections: bool = False) -> list[Measured]:
    """Return the targets of these names, each once, and after them the floors of their stores.

    `connections`: the floors of connections are among them. Raise TargetUnknown or DescriptorError.
    """
    entries = _named(names, connections=connections)
    if options is None:
        return entries
    return [replace(entry, python=options.python(entry.target.descriptor.name)) for entry in entries]


def _named(names: Sequence[str], *, connections: bool) -> list[Measured]:
    chosen: dict[str, Measured] = {}
    for name in names or DEFAULT:
        folder = folder_of(name)
        for target in load_targets(name, folder):
            is_ours = target.descriptor.path.is_relative_to(folder)
            path = f"{target.descriptor.path.absolute()}" + (f"@{target.store}" if target.store else "")
            entry = Measured(
                target=target, argument=target.name if is_ours else path, is_floor=is_ours and folder != CATALOG
            )
            chosen.setdefault(target.name, entry)
    floors: dict[str, None] = {}
    for entry in chosen.values():
        if not entry.target.kinds:
            floors |= dict.fromkeys(filter(None, (_IN_PROCESS, _BY_PLACE.get(entry.target.descriptor.runs))))
        floors.update(dict.fromkeys(_BY_KIND[kind] for kind in entry.target.kinds if kind in _BY_KIND))
    if connections:
        stores = dict.fromkeys(kind for entry in chosen.values() for kind in entry.target.kinds if kind != "sqlite")
        floors |= {f"{CONNECTION}@{kind}": None for kind in stores}
    for name in (name for name in floors if name not in chosen):
        [target] = load_targets(name, FLOORS)
        chosen[name] = Measured(target=target, argument=name, is_floor=True, is_named=False)
    return list(chosen.values())


def repetitions(options: Options) -> int:
    """Return the sessions of each target and workload."""
    return max(REPETITIONS, options.scale.repetitions) if options.scale.name == "full" else _few(options)


def _few(options: Options) -> int:
    return min(REPETITIONS, options.scale.processes)


def depth(options: Options, most: int = DEPTH) -> int:
    """Return the number of tasks of a session; `--tasks` can lower it, and raises that of a drain."""
    if options.backlog is not None and most == DEPTH:
        return options.backlog
    quick = options.scale.name == "quick"
    return max(1, min(options.scale.tasks, most // _QUICK if quick else most))


def interleaved(
    part: str, targets: Iterable[Measured], loads: Iterable[tuple[str, Workload]], options: Options
) -> Iterator[SessionPlan]:
    """Yield the sessions: in each repetition each workload of each target once, from another target on each time.

    `loads` are pairs of a target's name and a workload.
    """
    by_name = {entry.target.name: entry for entry in targets}
    pairs = list(loads)
    for repetition in range(repetitions(options)):
        turn = repetition * max(1, len(pairs) // REPETITIONS) % max(1, len(pairs))
        for name, load in (*pairs[turn:], *pairs[:turn]):
            entry = by_name[name]
            yield SessionPlan(
                part=part,
                target=entry.argument,
                repetition=repetition,
                workload=load,
                catalog=entry.catalog,
                is_floor=entry.is_floor,
                python=entry.python,
                seed=options.seed,
            )
