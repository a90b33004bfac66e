"""The store and the project of a target, ready for its producer and its workers."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.worker import prepare
from taskgauge.backends.descriptors.worker_command import Shape
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services import Services, started
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.sessions.errors import PreparationFailed
from taskgauge.suites.sessions.project import Project, write_project

type Arrangement = tuple[Mapping[str, str], Mapping[str, str]]
"""The values of the placeholders, and further environment variables of the target's processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSetUp:
    """A temporary folder, the services of the target's store, and its project."""

    folder: Path
    services: Services
    project: Project


def shape_of(load: Workload) -> Shape:
    """Return the shape of the workers that a workload asks for."""
    return Shape(processes=load.processes, concurrency=load.concurrency, read_ahead=load.read_ahead)


_IN_MEMORY = 'DATABASES["default"]["NAME"] = ":memory:"'
_SILENCED = "import logging\n\nlogging.disable(logging.WARNING)"


def runs_in_producer(target: Target, load: Workload) -> bool:
    """Return True if the worker's command runs in the producer, which alone has the database in its memory."""
    return load.in_memory and "sqlite" in target.kinds


def _lines(target: Target, load: Workload) -> str:
    """Return the lines that a workload adds to the settings."""
    parts = (runs_in_producer(target, load) and _IN_MEMORY, load.silenced and _SILENCED)
    return "\n".join(part for part in parts if part)


def _plainly(_stack: ExitStack, _folder: Path, services: Services) -> Arrangement:
    return services.placeholders, {}


@contextmanager
def set_up(
    target: Target,
    python: str = sys.executable,
    keep: Callable[[TargetSetUp], object] = lambda _: None,
    load: Workload | None = None,
    arrange: Callable[[ExitStack, Path, Services], Arrangement] = _plainly,
) -> Iterator[TargetSetUp]:
    """Start the target's services and prepare its project; end the services and remove the folder at the end.

    Call `keep` before the target's own preparation, which may fail. `arrange` puts anything between the target and its
    services; it gets a stack of contexts that end before the services do. Raise PreparationFailed, ServiceError,
    DescriptorError, StoreNotPrepared.
    """
    if reason := target.missing() if python == sys.executable else None:
        raise PreparationFailed(reason)
    with temporary_folder("taskgauge-session-") as folder:
        folder.chmod(0o755)
        with started(target.kinds, folder / "services") as services, ExitStack() as stack:
            for service in services:
                if load is not None and load.in_memory:
                    service.make_volatile()
                else:
                    service.make_durable()
            placeholders, environment = arrange(stack, folder, services)
            row = "production" if load is None else load.row
            project = write_project(
                target,
                folder / "project",
                placeholders,
                row=row,
                shape=None if load is None else shape_of(load),
                lines="" if load is None else _lines(target, load),
                environment=environment,
            )
            made = TargetSetUp(folder=folder, services=services, project=project)
            keep(made)
            prepare(target.descriptor, project.environment, python=python)
            yield made
