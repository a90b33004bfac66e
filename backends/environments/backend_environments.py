"""Makes one Python environment for each backend, and keeps it for later runs."""

import fcntl
import hashlib
import importlib.metadata
import json
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from taskgauge.backends.descriptors.installed import here, of_extras, version, wrong_python
from taskgauge.backends.descriptors.model import Descriptor
from taskgauge.backends.environments.errors import BackendNotInstallable, PythonUnusable
from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.install_self import copy_ours, our_digest, our_needs
from taskgauge.backends.environments.installed_packages import installed_in
from taskgauge.backends.environments.installer import Environment, Installer
from taskgauge.backends.processes.interruption import Interruption

_STORE_CLIENTS = Requirement("taskgauge[postgresql,rabbitmq,redis]")
"""The clients with which the suites read a store."""
_COMPLETE = "taskgauge-complete"
"""The file in a finished environment with the digest of the Taskgauge that was copied into it."""
_LOOK_SECONDS = 0.1


def needs_environment(descriptor: Descriptor) -> bool:
    """Return True if a backend needs more than Django and Taskgauge."""
    return bool(here(descriptor.requirements))


def environment_of(descriptor: Descriptor, folder: Path) -> Environment:
    """Return the environment of a backend below a folder, where `make_environment` makes it.

    Its name changes with the requirements and with the versions of Python, Django and Taskgauge.
    """
    key = "\n".join([platform.python_version(), f"{version('taskgauge')}", *_requirements(descriptor)])
    return Environment(folder=folder.absolute() / f"{descriptor.name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}")


def make_environment(descriptor: Descriptor, environment: Environment, installer: Installer) -> None:
    """Install a backend, Taskgauge and clients for the stores, unless an earlier run has done so.

    Raises BackendNotInstallable, and Interrupted after all its processes have ended. Neither leaves an environment.
    """
    try:
        with _locked(environment.folder.with_name(f"{environment.folder.name}.lock"), installer.interruption):
            _make(descriptor, environment, installer)
    except (ExternalFailed, PythonUnusable, OSError) as error:
        raise BackendNotInstallable(str(error)) from error


def _make(descriptor: Descriptor, environment: Environment, installer: Installer) -> None:
    complete, digest = environment.folder / _COMPLETE, our_digest()
    try:
        if not complete.exists():
            shutil.rmtree(environment.folder, ignore_errors=True)
            _install(descriptor, environment, installer)
        # The files of a checkout change without a new version.
        elif complete.read_text(encoding="utf-8") == digest:
            return
        copy_ours(environment)
        complete.write_text(digest, encoding="utf-8")
    finally:
        if not complete.exists():
            shutil.rmtree(environment.folder, ignore_errors=True)


def _install(descriptor: Descriptor, environment: Environment, installer: Installer) -> None:
    if reason := descriptor.python and wrong_python(descriptor.python):
        raise ExternalFailed(reason)
    requirements = _requirements(descriptor)
    installer.create(environment.folder)
    installer.install(environment, requirements)
    if lack := installed_in(environment, canonicalize_name(descriptor.distribution)).lacks(requirements):
        raise ExternalFailed(f"{installer.name} has installed it, and {lack}")


def _requirements(descriptor: Descriptor) -> list[str]:
    """Return the requirements of an environment that hold for this Python, without their markers."""
    stores = [line for lines in descriptor.store_requirements.values() for line in lines]
    needed = [*here([*descriptor.requirements, *stores, _django()]), *of_extras(_STORE_CLIENTS), *our_needs()]
    return [str(requirement).partition(";")[0] for requirement in needed]


def _django() -> str:
    """Return the requirement for the Django of this environment; a development version has a URL."""
    address = importlib.metadata.distribution("django").read_text("direct_url.json")
    return f"django @ {json.loads(address)['url']}" if address else f"django=={version('django')}"


@contextmanager
def _locked(path: Path, interruption: Interruption) -> Iterator[None]:
    """Hold a lock file, so that two runs do not make one environment at the same time. Raises Interrupted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                interruption.check()
                time.sleep(_LOOK_SECONDS)
            else:
                break
        yield
