"""Observes a task that takes its context: other requirements see some facts only through such a task."""

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.target_harness import TargetHarness


def observe_context(target: TargetHarness) -> Record:
    """Return the first line of a task that takes its context; raise Deviation if it does not start (CTX-01)."""
    return target.submit(target.tasks().tell_context).start()
