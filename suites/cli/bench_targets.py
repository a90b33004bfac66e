"""The targets of a bench run, and the environments in which they are installed."""

from dataclasses import dataclass, replace
from pathlib import Path

from taskgauge.backends.descriptors.installed import here
from taskgauge.backends.descriptors.reader import CATALOG, Target
from taskgauge.backends.environments.availability import target_rows
from taskgauge.backends.environments.backend_environments import environment_of
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.floors import FLOORS
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.yardsticks import YARDSTICKS
from taskgauge.reports.run_folder.run_file import NotMeasured
from taskgauge.suites.cli.backend_installation import ENVIRONMENTS, install_backends
from taskgauge.suites.run_control.display import Display

_OURS = (CATALOG, FLOORS, YARDSTICKS)
"""The folders of the descriptors whose packages can be installed; others are measured where Taskgauge runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTargets:
    """The targets that a run measures, and those that it leaves out."""

    names: tuple[str, ...]
    environments: tuple[str, ...] = ()
    """The interpreters of backends with an environment of their own, as BACKEND=PATH."""
    left_out: tuple[NotMeasured, ...] = ()


def every_target() -> ChosenTargets:
    """Return all targets of the catalogue whose servers can be started or are given."""
    rows = target_rows()
    return ChosenTargets(
        names=tuple(row.target for row in rows if not row.servers),
        left_out=tuple(NotMeasured(what=row.target, why="; ".join(row.servers)) for row in rows if row.servers),
    )


def installed(chosen: ChosenTargets, display: Display, interruption: Interruption) -> ChosenTargets:
    """Make the environments of the targets and of their floors, and leave out the targets that cannot be installed.

    Raise TargetUnknown, DescriptorError or Interrupted.
    """
    from taskgauge.suites.sessions.plan import measured  # noqa: PLC0415 -- imports Django, which is slow

    entries = measured(chosen.names)
    needy = {entry.target.descriptor.name: entry.target for entry in entries if _needs_environment(entry.target)}
    with temporary_folder("taskgauge-") as folder:
        installer = Installer.found(None, folder / "environments.txt", interruption)
        reasons = install_backends([target.descriptor for target in needy.values()], installer, display)
    lost = [entry for entry in entries if entry.target.descriptor.name in reasons and entry.is_named]
    arguments = [entry.argument for entry in entries if entry.is_named and entry not in lost]
    return replace(
        chosen,
        names=tuple(arguments),
        environments=tuple(
            f"{name}={environment_of(target.descriptor, ENVIRONMENTS).python}"
            for name, target in needy.items()
            if name not in reasons
        ),
        left_out=(
            *chosen.left_out,
            *(NotMeasured(what=entry.target.name, why=reasons[entry.target.descriptor.name]) for entry in lost),
        ),
    )


def _needs_environment(target: Target) -> bool:
    """Return True if a target, with the client of its store, needs more than Django and Taskgauge."""
    descriptor = target.descriptor
    if not any(descriptor.path.is_relative_to(folder) for folder in _OURS):
        return False
    return bool(here([*descriptor.requirements, *descriptor.store_requirements.get(target.store or "", ())]))


def absolute(target: str) -> str:
    """Return a target that a path names with its whole path, since parts run in another folder."""
    path, at, store = target.rpartition("@") if "@" in target else (target, "", "")
    return f"{Path(path).absolute()}{at}{store}" if path.endswith(".toml") or "/" in path else target
