"""Base and head, installed: the same packages on both sides, but for the thing under test and what it forces."""

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
class Side:
    """One side, ready to run."""

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
        """What `sides.json` says of it."""
        asked = self.source.asked
        return gate_files.Side(
            asked=asked.text,
            kind=asked.kind,
            version=self.version,
            commit=asked.commit,
            packages=dict(self.installed.versions),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides."""

    base: Side
    head: Side

    def __iter__(self) -> Any:
        return iter((self.base, self.head))

    @property
    def differences(self) -> dict[str, tuple[str | None, str | None]]:
        """Versions of other packages that differ, by name: base's and head's, None where one has none."""
        base, head = self.base.installed.versions, self.head.installed.versions
        names = sorted({*base, *head} - {self.base.source.name})
        return {name: (base.get(name), head.get(name)) for name in names if base.get(name) != head.get(name)}

    @property
    def are_alike(self) -> bool:
        """Whether nothing that is installed differs."""
        return self.base.installed.content == self.head.installed.content and not self.differences

    @property
    def are_same(self) -> bool:
        """Whether they are one thing, named twice; a commit that changes no installed file is another all the same."""
        commits = [side.source.asked.commit for side in self]
        return self.are_alike and (None in commits or commits[0] == commits[1])


def check_related(base: Source, head: Source) -> None:
    """Raise SidesUnrelated for two different distributions."""
    if base.name != head.name:
        raise SidesUnrelated(base.name, head.name)


def install_base(
    installer: Installer, source: Source, *, common: Sequence[str], extras: frozenset[str], at: Path
) -> Side:
    """Install base with what both sides need besides.

    Raises NotInstallable, InstalledOtherwise, PythonUnusable, Interrupted.
    """
    environment = installer.create(at)
    return _installed(installer, environment, "base", source, [source.requirement(extras), *common])


def install_head(
    installer: Installer, source: Source, base: Side, *, common: Sequence[str], extras: frozenset[str], at: Path
) -> Side:
    """Install head into a copy of base's packages, which stay as they are unless head forces others.

    Raises NotInstallable, InstalledOtherwise, PythonUnusable, Interrupted.
    """
    environment = installer.create(at)
    pins = base.installed.pins(source.name)
    _install(installer, environment, "base", base.source.asked, pins, alone=True)
    return _installed(installer, environment, "head", source, [source.requirement(extras), *common])


def _installed(
    installer: Installer, environment: Environment, name: SideName, source: Source, requirements: Sequence[str]
) -> Side:
    """Install a side, and compare what is there then with what was asked."""
    asked = source.asked
    _install(installer, environment, name, asked, requirements)
    installed = installed_in(environment, source.name)
    # A wheel is installed from its file; its name says its version.
    lack = installed.lacks([*requirements, *([str(asked.requirement)] if asked.kind == "wheel" else [])])
    if lack is not None:
        raise InstalledOtherwise(name, asked.text, installer.name, lack)
    return Side(name=name, source=source, environment=environment, installed=installed)


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
