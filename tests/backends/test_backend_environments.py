"""Environments of backends: made once, used again, and never left half made."""

import signal
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from taskgauge.backends.descriptors.model import Descriptor
from taskgauge.backends.descriptors.reader import CATALOG, read_descriptor
from taskgauge.backends.environments.backend_environments import environment_of, make_environment, needs_environment
from taskgauge.backends.environments.errors import BackendNotInstallable
from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.installer import Environment, Installer
from taskgauge.backends.processes.interruption import Interrupted, Interruption

BACKEND = read_descriptor(CATALOG / "django-tasks-db")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing(Installer):
    """An installer whose environments see what is installed here."""

    installed: list[Sequence[str]] = field(default_factory=list)
    error: Exception | None = None

    def create(self, folder: Path) -> Environment:
        """Make an environment with a path to the packages of this one, and with clients that this one may lack."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
        [site] = folder.glob("lib/python*/site-packages")
        (site / "shared.pth").write_text(sysconfig.get_path("purelib"))
        for name in ("amqp", "redis"):
            metadata = site / f"{name}-99.dist-info" / "METADATA"
            metadata.parent.mkdir()
            metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 99\n")
        return Environment(folder=folder)

    def install(self, environment: Environment, requirements: Sequence[str], *, alone: bool = False) -> None:
        """Record the requirements, or fail."""
        del environment, alone
        if self.error is not None:
            raise self.error
        self.installed.append(requirements)


def sharing(folder: Path, error: Exception | None = None) -> Sharing:
    """Return such an installer, whose log is in a folder."""
    return Sharing(log=folder / "log", interruption=Interruption(), error=error)


def taskgauge_in(environment: Environment) -> Path:
    """Return the folder of Taskgauge in an environment."""
    [package] = environment.folder.glob("lib/python*/site-packages/taskgauge")
    return package


def test_made_once(tmp_path: Path) -> None:
    """A finished environment is used as it is, with the requirements of backend, stores and suites in it."""
    installer, environment = sharing(tmp_path), environment_of(BACKEND, tmp_path)
    for _ in range(2):
        make_environment(BACKEND, environment, installer)

    [requirements] = installer.installed
    names = {line.partition("[")[0].partition(">")[0].partition("=")[0] for line in requirements}
    assert {"django-tasks-db", "psycopg", "redis", "amqp", "django", "pytest"} <= names
    words = [environment.python, "-P", "-c", "import taskgauge.suites; print(taskgauge.suites.__file__)"]
    assert str(taskgauge_in(environment)) in subprocess.check_output(words, cwd=tmp_path, text=True)


def test_another_taskgauge(tmp_path: Path) -> None:
    """The files of this Taskgauge replace others of the same version, and nothing is installed again."""
    installer, environment = sharing(tmp_path), environment_of(BACKEND, tmp_path)
    make_environment(BACKEND, environment, installer)
    (environment.folder / "taskgauge-complete").write_text("another digest")
    stale = taskgauge_in(environment) / "suites" / "removed_module.py"
    stale.write_text("")

    make_environment(BACKEND, environment, installer)

    assert not stale.exists()
    assert 1 == len(installer.installed)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(ExternalFailed("no such version"), BackendNotInstallable), (Interrupted(signal.SIGINT), Interrupted)],
)
def test_unfinished(error: Exception, raised: type[Exception], tmp_path: Path) -> None:
    """An environment that cannot be finished is removed, and so is one that an earlier run left unfinished."""
    environment = environment_of(BACKEND, tmp_path)
    with pytest.raises(raised, match=str(error)):
        make_environment(BACKEND, environment, sharing(tmp_path, error))
    assert not environment.folder.exists()

    (environment.folder / "half made").mkdir(parents=True)
    make_environment(BACKEND, environment, sharing(tmp_path))
    assert not (environment.folder / "half made").exists()


def test_nothing_was_installed(tmp_path: Path) -> None:
    """An installer that ends without the backend is an error that names what is lacking."""
    absent = replace(BACKEND, requirements=("no-such-backend>=1",))
    with pytest.raises(BackendNotInstallable, match="no-such-backend is not there"):
        make_environment(absent, environment_of(absent, tmp_path), sharing(tmp_path))


def test_another_python_is_needed(tmp_path: Path) -> None:
    """The reason names both versions."""
    later = replace(BACKEND, python=">=4")
    with pytest.raises(BackendNotInstallable, match="Python >=4 is needed, and this is 3"):
        make_environment(later, environment_of(later, tmp_path), sharing(tmp_path))


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (replace(BACKEND, pausable=True), True),
        (replace(BACKEND, requirements=("django-tasks-db>=0.12",)), False),
        (replace(BACKEND, store_requirements={}), False),
    ],
)
def test_key(changed: Descriptor, same: bool, tmp_path: Path) -> None:
    """Other requirements have another environment."""
    assert same == (environment_of(BACKEND, tmp_path) == environment_of(changed, tmp_path))


def test_backends_without_packages() -> None:
    """Django's own backends and the reference backends run where Taskgauge is."""
    alone = {path.name for path in CATALOG.iterdir() if path.is_dir() and not needs_environment(read_descriptor(path))}

    assert {name for name in alone if not name.startswith("__")} == {
        *("django-dummy", "django-immediate", "reference-immediate", "reference-memory", "reference-process")
    }
