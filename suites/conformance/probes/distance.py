"""A worker with network latency to its stores, as on another machine; the producer has none."""

from collections.abc import Iterator
from contextlib import contextmanager

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.backends.services import ServiceNotOurs
from taskgauge.backends.services.distance import Latency, distant
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable
from taskgauge.suites.conformance.project import DISTANT, write_settings

ONE_WAY = 0.02
"""Seconds of latency from the worker to its store, and again back."""


@contextmanager
def distant_worker(target: TargetHarness, latency: Latency | None = None) -> Iterator[WorkerProcess]:
    """Run tasks only by a distant worker, which is yielded; `latency` is `ONE_WAY` if it is None.

    Raises NotApplicable if the target has no worker process or its store is no server, and Inconclusive if latency
    cannot be added.
    """
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to start")
    target.workers.stop()
    try:
        with distant(target.services, latency or ONE_WAY) as placeholders:
            if not placeholders:
                raise NotApplicable("its store is on the worker's own machine")
            write_settings(target.target, target.project.folder, DISTANT, placeholders)
            worker = target.workers.add(settings=DISTANT)
            try:
                yield worker
            finally:
                target.workers.end(worker)
    except ServiceNotOurs as error:
        raise Inconclusive(f"{error}") from error
