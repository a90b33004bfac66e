"""Copies the running Taskgauge into an environment, where its conformance suite and its backends run."""

import hashlib
import importlib.metadata
import shutil
from pathlib import Path

from packaging.requirements import Requirement

from taskgauge.backends.descriptors.installed import version
from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.installed_packages import installed_in
from taskgauge.backends.environments.installer import Environment, Installer

_ROOT = Path(__file__).parents[2]
"""The folder with Taskgauge's packages: the checkout, or the installed package."""
_PACKAGES = ("backends", "reports", "suites")
_METADATA = "Metadata-Version: 2.1\nName: taskgauge\nVersion: {version}\n"


def install_ours(installer: Installer, environment: Environment) -> None:
    """Install Taskgauge's requirements in this environment's versions, then Taskgauge. Raises ExternalFailed."""
    needs = [f"{line.name}=={version(line.name)}" for line in our_needs()]
    installer.install(environment, needs)
    if lack := installed_in(environment, "taskgauge").lacks(needs):
        raise ExternalFailed(f"{installer.name} has installed what it needs, and {lack}")
    copy_ours(environment)


def copy_ours(environment: Environment) -> None:
    """Copy this Taskgauge into an environment, in place of an earlier copy."""
    [site] = sorted(environment.folder.glob("lib/python*/site-packages"))
    place = site / "taskgauge"
    for package in _PACKAGES:
        shutil.rmtree(place / package, ignore_errors=True)
        shutil.copytree(_ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    metadata = site / f"taskgauge-{version('taskgauge')}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(_METADATA.format(version=version("taskgauge")), encoding="utf-8")
    # It did not come from an index, so nobody can install it again by its version.
    (metadata / "direct_url.json").write_text("{}\n", encoding="utf-8")


def our_digest() -> str:
    """Return a digest of the files that `copy_ours` copies."""
    digest = hashlib.sha256()
    for path in sorted(path for package in _PACKAGES for path in (_ROOT / package).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(_ROOT)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def has_ours(environment: Environment) -> bool:
    """Return True if an environment has Taskgauge already, as when Taskgauge itself is under test."""
    return any(environment.folder.glob("lib/python*/site-packages/taskgauge-*.dist-info"))


def our_needs() -> list[Requirement]:
    """Return the declared requirements of Taskgauge for this Python, without Django."""
    lines = map(Requirement, importlib.metadata.requires("taskgauge") or ())
    wanted = (line for line in lines if line.marker is None or line.marker.evaluate({"extra": ""}))
    return [line for line in wanted if line.name.lower() != "django"]
