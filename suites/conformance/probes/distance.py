"""A worker that is far from its stores, as one on another machine is, while the producer is near."""

from collections.abc import Iterator
from contextlib import contextmanager

from taskgauge.backends.services import ServiceNotOurs
from taskgauge.backends.services.distance import distant
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable
from taskgauge.suites.conformance.project import DISTANT, write_settings

ONE_WAY = 0.02
"""Seconds from the worker to its store, and back again."""


@contextmanager
def distant_worker(target: TargetHarness) -> Iterator[None]:
    """Have tasks run by such a worker alone.

    Raises NotApplicable where tasks are run by no worker of its own, or their store is no server; Inconclusive where
    the way to it cannot be lengthened.
    """
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to start")
    target.workers.stop()
    try:
        with distant(target.services, ONE_WAY) as placeholders:
            if not placeholders:
                raise NotApplicable("its store is on the worker's own machine")
            write_settings(target.target, target.project.folder, DISTANT, placeholders)
            worker = target.workers.add(settings=DISTANT)
            try:
                yield
            finally:
                target.workers.end(worker)
    except ServiceNotOurs as error:
        raise Inconclusive(f"{error}") from error
