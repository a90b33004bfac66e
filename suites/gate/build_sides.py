"""Makes the two sides of a run: their files, what is timed on them, their environments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.install_self import install_ours
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.reports.run_folder import gate_files
from taskgauge.suites.gate.errors import NotInstallable
from taskgauge.suites.gate.gate_options import GateRequest
from taskgauge.suites.gate.gate_plan import GatePlan, choose, names_of
from taskgauge.suites.gate.side_spec import both_sides, one_side
from taskgauge.suites.gate.sides import Side, Sides, check_related, install_base, install_head
from taskgauge.suites.gate.sources import Source, source_of
from taskgauge.suites.run_control.provenance import version


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePlan:
    """What both sides are to be, and what is done with them."""

    base: Source
    head: Source
    choice: GatePlan


def find(asking: GateRequest, temporary: Path, interruption: Interruption) -> SidePlan:
    """Find out what the sides are and what is timed on them; nothing is installed yet.

    Raises WrongUse, TargetUnknown, DescriptorError, Interrupted.
    """
    if asking.calibration:
        # A calibration has one side: what is installed here, unless another is named.
        asked_base = asked_head = one_side("base", asking.base or f"django=={version('django')}", asking.folder)
    else:
        asked_base, asked_head = both_sides(asking.base, asking.head, asking.folder)
    base = source_of(asked_base, temporary / "source-base", interruption)
    head = base if asking.calibration else source_of(asked_head, temporary / "source-head", interruption)
    check_related(base, head)
    choice = choose(asking.targets, asking.only, asking.more, base=base, head=head, folder=asking.folder)
    return SidePlan(base=base, head=head, choice=choice)


def install(installer: Installer, wanted: SidePlan, temporary: Path) -> Sides:
    """Make both environments. Raises NotInstallable, PythonUnusable, Interrupted."""
    choice = wanted.choice
    common, extras = choice.common, choice.extras
    # Paths of equal length: nothing that depends on one differs.
    base = install_base(installer, wanted.base, common=common, extras=extras, at=temporary / "base")
    if choice.needs_ours:
        _install_ours(installer, base)
    if wanted.head is wanted.base:
        return Sides(base=base, head=base)
    head = install_head(installer, wanted.head, base, common=common, extras=extras, at=temporary / "head")
    if choice.needs_ours:
        _install_ours(installer, head)
    return Sides(base=base, head=head)


def install_tools(installer: Installer, sides: Sides, folder: Path) -> Path | None:
    """Put memray into a folder beside the environments, the same for both; None where it cannot be had. Interrupted."""
    try:
        installer.install_apart(sides.base.environment, folder, [f"memray=={version('memray')}"])
    except ExternalFailed:
        return None
    return folder


def write_sides(run_folder: Path, wanted: SidePlan, sides: Sides) -> None:
    """Write `gate/sides.json`."""
    record = gate_files.Sides(
        base=sides.base.record,
        head=sides.head.record,
        under_test=(wanted.base.name,),
        same=sides.are_same,
        alike=sides.are_alike,
        targets=tuple(wanted.choice.targets),
        using=tuple(using(wanted.choice, sides)),
        python=sides.base.installed.python,
        differences=sides.differences,
    )
    gate_files.write_gate_file(run_folder, record)


def using(choice: GatePlan, sides: Sides) -> list[str]:
    """Return the targets that use the distribution under test: they need it, or their backend is one of its modules."""
    modules = {module for side in sides for module in side.installed.modules}
    found = list(choice.using)
    for profile in choice.profiles:
        if profile.targets is not None and profile.targets["base"].descriptor.backend.partition(".")[0] in modules:
            found += [name for name in names_of(profile) if name not in found]
    return found


def lines_on(sides: Sides, notes: Sequence[str] = ()) -> Sequence[str]:
    """Return what a reader must know of the sides, a line each."""
    different = [sides.base] if sides.base is sides.head else [sides.base, sides.head]
    lines = [f"{each.name}: {each.source.name} {each.version}{_commit(each)}" for each in different]
    for name, (base, head) in sides.differences.items():
        lines.append(f"head forces another version: {name} {base or 'not installed'} -> {head or 'not installed'}")
    return [*lines, *notes]


def _commit(side: Side) -> str:
    commit = side.source.asked.commit
    return f" ({commit[:12]})" if commit else ""


def _install_ours(installer: Installer, side: Side) -> None:
    try:
        install_ours(installer, side.environment)
    except ExternalFailed as error:
        raise NotInstallable(side.name, "taskgauge", str(error)) from error
