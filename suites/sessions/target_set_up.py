"""The store and the project of a target, ready for its producer and its workers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.worker import prepare
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services import Services, started
from taskgauge.suites.sessions.errors import PreparationFailed
from taskgauge.suites.sessions.project import Project, write_project


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSetUp:
    """A temporary folder, the services of the target's store, and its project."""

    folder: Path
    services: Services
    project: Project


@contextmanager
def set_up(
    target: Target, python: str = sys.executable, keep: Callable[[TargetSetUp], object] = lambda _: None
) -> Iterator[TargetSetUp]:
    """Start the target's services and prepare its project; end the services and remove the folder at the end.

    Call `keep` before the target's own preparation, which may fail. Raise PreparationFailed, ServiceError,
    DescriptorError, StoreNotPrepared.
    """
    if reason := target.missing() if python == sys.executable else None:
        raise PreparationFailed(reason)
    with temporary_folder("taskgauge-session-") as folder:
        folder.chmod(0o755)
        with started(target.kinds, folder / "services") as services:
            for service in services:
                service.make_durable()
            project = write_project(target, folder / "project", services.placeholders)
            made = TargetSetUp(folder=folder, services=services, project=project)
            keep(made)
            prepare(target.descriptor, project.environment, python=python)
            yield made
