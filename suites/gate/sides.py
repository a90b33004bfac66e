"""Base and head with their environments: only the thing under test and the versions that it requires differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.installed_packages import Installed, installed_in
from taskgauge.backends.environments.installer import Environment, Installer
from taskgauge.reports.run_folder import gate_files
from taskgauge.reports.run_folder.gate_files import SideName
from taskgauge.suites.gate.errors import InstalledOtherwise, NotInstallable, SidesUnrelated
from taskgauge.suites.gate.side_spec import SideSpec
from taskgauge.suites.gate.sources import Source

type Names = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSide:
    """One installed side."""

    name: SideName
    source: Source
    environment: Environment
    installed: Installed

    @property
    def version(self) -> str:
        """The version of the thing under test."""
        return self.installed.versions.get(self.source.name, "not known")

    @property
    def record(self) -> gate_files.Side:
        """The record of the side for `sides.json`."""
        asked = self.source.asked
        return gate_files.Side(
            asked=asked.text,
            kind=asked.kind,
            version=self.version,
            commit=asked.commit,
            packages=dict(self.installed.versions),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSides:
    """Base and head."""

    base: InstalledSide
    head: InstalledSide

    def __iter__(self) -> Any:
        return iter((self.base, self.head))

    @property
    def differences(self) -> dict[str, tuple[str | None, str | None]]:
        """Versions of other packages that differ, by name: base's and head's, None if a side lacks the package."""
        base, head = self.base.installed.versions, self.head.installed.versions
        names = sorted({*base, *head} - {self.base.source.name})
        return {name: (base.get(name), head.get(name)) for name in names if base.get(name) != head.get(name)}

    @property
    def are_alike(self) -> bool:
        """True if all installed files and versions are the same."""
        return self.base.installed.content == self.head.installed.content and not self.differences

    @property
    def are_same(self) -> bool:
        """True if both sides are the same thing; two commits differ even if they install the same files."""
        commits = [side.source.asked.commit for side in self]
        return self.are_alike and (None in commits or commits[0] == commits[1])


def check_related(base: Source, head: Source) -> None:
    """Raise SidesUnrelated for two different distributions."""
    if base.name != head.name:
        raise SidesUnrelated(base.name, head.name)


def install_base(
    installer: Installer, source: Source, *, common: Sequence[str], extras: frozenset[str], at: Path
) -> InstalledSide:
    """Install base with the common requirements.

    Raises NotInstallable, InstalledOtherwise, PythonUnusable, Interrupted.
    """
    environment = installer.create(at)
    return _installed(installer, environment, "base", source, [source.requirement(extras), *common])


def install_head(
    installer: Installer,
    source: Source,
    base: InstalledSide,
    *,
    common: Sequence[str],
    extras: frozenset[str],
    at: Path,
) -> InstalledSide:
    """Install head into a copy of base's packages, whose versions change only if head requires it.

    Raises NotInstallable, InstalledOtherwise, PythonUnusable, Interrupted.
    """
    environment = installer.create(at)
    pins = base.installed.pins(source.name)
    _install(installer, environment, "base", base.source.asked, pins, alone=True)
    return _installed(installer, environment, "head", source, [source.requirement(extras), *common])


def _installed(
    installer: Installer, environment: Environment, name: SideName, source: Source, requirements: Sequence[str]
) -> InstalledSide:
    """Install a side, and check that its environment has what was requested."""
    asked = source.asked
    _install(installer, environment, name, asked, requirements)
    installed = installed_in(environment, source.name)
    # A wheel is installed from a file whose name has the version.
    lack = installed.lacks([*requirements, *([str(asked.requirement)] if asked.kind == "wheel" else [])])
    if lack is not None:
        raise InstalledOtherwise(name, asked.text, installer.name, lack)
    return InstalledSide(name=name, source=source, environment=environment, installed=installed)


def _install(
    installer: Installer,
    environment: Environment,
    side: str,
    asked: SideSpec,
    requirements: Sequence[str],
    *,
    alone: bool = False,
) -> None:
    try:
        installer.install(environment, requirements, alone=alone)
    except ExternalFailed as error:
        raise NotInstallable(side, asked.text, str(error)) from error
