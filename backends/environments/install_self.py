"""Puts this very Taskgauge into an environment: its conformance suite runs there, and so do its own backends."""

import hashlib
import importlib.metadata
import shutil
from pathlib import Path

from packaging.requirements import Requirement

from taskgauge.backends.descriptors.installed import version
from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.installed_packages import installed_in
from taskgauge.backends.environments.installer import Environment, Installer

_HOUSE = Path(__file__).parents[2]
"""Where the rooms are: the checkout, or the installed package."""
_ROOMS = ("backends", "reports", "suites")
_METADATA = "Metadata-Version: 2.1\nName: taskgauge\nVersion: {version}\n"


def install_ours(installer: Installer, environment: Environment) -> None:
    """Install what Taskgauge needs, in the versions that it has here, then itself. Raises ExternalFailed."""
    needs = [f"{line.name}=={version(line.name)}" for line in our_needs()]
    installer.install(environment, needs)
    if lack := installed_in(environment, "taskgauge").lacks(needs):
        raise ExternalFailed(f"{installer.name} has installed what it needs, and {lack}")
    copy_ours(environment)


def copy_ours(environment: Environment) -> None:
    """Copy this Taskgauge into an environment, in place of one that was copied earlier."""
    [site] = sorted(environment.folder.glob("lib/python*/site-packages"))
    place = site / "taskgauge"
    for room in _ROOMS:
        shutil.rmtree(place / room, ignore_errors=True)
        shutil.copytree(_HOUSE / room, place / room, ignore=shutil.ignore_patterns("__pycache__"))
    metadata = site / f"taskgauge-{version('taskgauge')}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(_METADATA.format(version=version("taskgauge")), encoding="utf-8")
    # It did not come from an index, so no one can install it again by its version.
    (metadata / "direct_url.json").write_text("{}\n", encoding="utf-8")


def our_digest() -> str:
    """Return a digest of the files that `copy_ours` copies."""
    digest = hashlib.sha256()
    for path in sorted(path for room in _ROOMS for path in (_HOUSE / room).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(_HOUSE)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def has_ours(environment: Environment) -> bool:
    """Whether an environment has Taskgauge already, as where it is under test itself."""
    return any(environment.folder.glob("lib/python*/site-packages/taskgauge-*.dist-info"))


def our_needs() -> list[Requirement]:
    """Return what Taskgauge declares that it needs here, without Django."""
    lines = map(Requirement, importlib.metadata.requires("taskgauge") or ())
    wanted = (line for line in lines if line.marker is None or line.marker.evaluate({"extra": ""}))
    return [line for line in wanted if line.name.lower() != "django"]
