"""Builds the two sides of a run: their files, their environments, and the choice of what is timed on them."""

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
from taskgauge.suites.gate.sides import InstalledSide, InstalledSides, check_related, install_base, install_head
from taskgauge.suites.gate.sources import Source, source_of
from taskgauge.suites.run_control.provenance import version


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePlan:
    """The plan of both sides: their sources, and what is timed on them."""

    base: Source
    head: Source
    choice: GatePlan


def find(request: GateRequest, temporary: Path, interruption: Interruption) -> SidePlan:
    """Return the plan of both sides; install nothing yet.

    Raises WrongUse, TargetUnknown, DescriptorError, Interrupted.
    """
    if request.calibration:
        # A calibration has one side: the installed Django, unless the request names another one.
        asked_base = asked_head = one_side("base", request.base or f"django=={version('django')}", request.folder)
    else:
        asked_base, asked_head = both_sides(request.base, request.head, request.folder)
    base = source_of(asked_base, temporary / "source-base", interruption)
    head = base if request.calibration else source_of(asked_head, temporary / "source-head", interruption)
    check_related(base, head)
    choice = choose(request.targets, request.only, request.more, base=base, head=head, folder=request.folder)
    return SidePlan(base=base, head=head, choice=choice)


def install(installer: Installer, plan: SidePlan, temporary: Path) -> InstalledSides:
    """Create both environments. Raises NotInstallable, PythonUnusable, Interrupted."""
    choice = plan.choice
    common, extras = choice.common, choice.extras
    # The paths have equal length, so that nothing that depends on their length differs.
    base = install_base(installer, plan.base, common=common, extras=extras, at=temporary / "base")
    if choice.needs_taskgauge:
        _install_taskgauge(installer, base)
    if plan.head is plan.base:
        return InstalledSides(base=base, head=base)
    head = install_head(installer, plan.head, base, common=common, extras=extras, at=temporary / "head")
    if choice.needs_taskgauge:
        _install_taskgauge(installer, head)
    return InstalledSides(base=base, head=head)


def install_tools(installer: Installer, sides: InstalledSides, folder: Path) -> Path | None:
    """Install memray into a folder that both sides share, and return it; None if that fails. Raises Interrupted."""
    try:
        installer.install_apart(sides.base.environment, folder, [f"memray=={version('memray')}"])
    except ExternalFailed:
        return None
    return folder


def write_sides(run_folder: Path, plan: SidePlan, sides: InstalledSides) -> None:
    """Write `gate/sides.json`."""
    record = gate_files.Sides(
        base=sides.base.record,
        head=sides.head.record,
        under_test=(plan.base.name,),
        same=sides.are_same,
        alike=sides.are_alike,
        targets=tuple(plan.choice.targets),
        using=tuple(using(plan.choice, sides)),
        python=sides.base.installed.python,
        differences=sides.differences,
    )
    gate_files.write_gate_file(run_folder, record)


def using(choice: GatePlan, sides: InstalledSides) -> list[str]:
    """Return the targets that use the distribution under test: they need it, or it contains their backend."""
    modules = {module for side in sides for module in side.installed.modules}
    names = list(choice.using)
    for profile in choice.profiles:
        if profile.targets is not None and profile.targets["base"].descriptor.backend.partition(".")[0] in modules:
            names += [name for name in names_of(profile) if name not in names]
    return names


def lines_on(sides: InstalledSides, notes: Sequence[str] = ()) -> Sequence[str]:
    """Return the lines that describe the sides to the user."""
    different = [sides.base] if sides.base is sides.head else [sides.base, sides.head]
    lines = [f"{side.name}: {side.source.name} {side.version}{_commit(side)}" for side in different]
    for name, (base, head) in sides.differences.items():
        lines.append(f"head forces another version: {name} {base or 'not installed'} -> {head or 'not installed'}")
    return [*lines, *notes]


def _commit(side: InstalledSide) -> str:
    commit = side.source.asked.commit
    return f" ({commit[:12]})" if commit else ""


def _install_taskgauge(installer: Installer, side: InstalledSide) -> None:
    try:
        install_ours(installer, side.environment)
    except ExternalFailed as error:
        raise NotInstallable(side.name, "taskgauge", str(error)) from error
