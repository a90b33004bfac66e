"""A worker whose project has its database on a server, so that its connection can be dropped like that of the store."""

import contextlib
import os
from collections.abc import Callable, Iterator
from itertools import chain

from taskgauge.backends.descriptors.worker import PreparationFailed, WorkerProcess, prepare
from taskgauge.backends.services import ServiceNotOurs, Services, started, unavailable
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable
from taskgauge.suites.conformance.project import ON_SERVER, write_rows_on_server

_SERVER = "postgresql"


@contextlib.contextmanager
def worker_beside_server(target: TargetHarness) -> Iterator[tuple[WorkerProcess, Callable[[], None]]]:
    """Run tasks only by a worker whose project's database is on a server.

    Yields the worker, and a function that drops all connections to the project's database and to the store. If the
    project's database is the suite's own file, a server is started for it.

    Raises NotApplicable if the target has no worker process, or if its tasks are in the project's database and that is
    a file, and Inconclusive if the server cannot be prepared.
    """
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to start")
    target.workers.stop()
    if not _has_own_rows(target):
        if _SERVER not in target.target.kinds:
            raise NotApplicable(
                "its tasks are in the project's database, which is a file and has no connections to drop"
            )
        yield target.workers.add(), lambda: _drop(target.services)
        return
    if reason := unavailable(_SERVER):
        raise NotApplicable(f"the project's database cannot be on a server here: {reason}")
    with started([_SERVER], target.project.folder / "project_database") as server:
        write_rows_on_server(target.project, server.placeholders)
        try:
            prepare(
                target.descriptor, {**os.environ, **target.project.environment, "DJANGO_SETTINGS_MODULE": ON_SERVER}
            )
        except PreparationFailed as error:
            raise Inconclusive(f"the project's database was not prepared: {error}") from error
        target.run_in_subprocess(f"{__name__}:{make_rows.__name__}", settings=ON_SERVER)
        worker = target.workers.add(settings=ON_SERVER)
        try:
            yield worker, lambda: _drop(target.services, server)
        finally:
            target.workers.end(worker)


def make_rows() -> None:
    """Make the table of the suite's own rows; called in another process."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs the settings

    call_command("migrate", run_syncdb=True, verbosity=0)


def _has_own_rows(target: TargetHarness) -> bool:
    """Return True if the target's settings leave the project's database as the suite has set it."""
    from django.conf import settings  # noqa: PLC0415 -- settings first

    return str(settings.DATABASES["default"]["NAME"]) == str(target.project.rows)


def _drop(*stores: Services) -> None:
    for service in chain(*stores):
        with contextlib.suppress(ServiceNotOurs):  # a file has no connections
            service.drop_connections()
