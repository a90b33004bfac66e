"""Errors of a session; each text is one line for the report."""

from collections.abc import Callable

from taskgauge.backends.descriptors.worker import WorkerNotReady
from taskgauge.backends.processes.json_lines import ChildFailed
from taskgauge.backends.services import ServiceError


class SessionError(Exception):
    """A session has no complete trace; the text says why."""


class ProducerFailed(SessionError):
    """The process that enqueues raised an error, or ended."""


class WorkerFailed(SessionError):
    """A worker did not start, did not get ready, or ended while tasks waited."""


class NothingRan(SessionError):
    """No worker started any task in time."""


class StoreGone(SessionError):
    """The store ended, or accepts no more data."""


class PreparationFailed(SessionError):
    """The target's project, store or services could not be prepared."""


class WorkloadRefused(SessionError):
    """The target cannot do what the workload needs, and says so; the session is no failure."""


def session_error(failure: Exception, check_services: Callable[[], object] = lambda: None) -> SessionError:
    """Return the error for the report; a store that is gone explains what it caused."""
    if not isinstance(failure, ServiceError):
        try:
            check_services()
        except ServiceError as gone:
            failure = gone
    if isinstance(failure, SessionError):
        return failure
    text = " ".join(str(failure).split())
    if isinstance(failure, ServiceError):
        return StoreGone(text)
    if isinstance(failure, ChildFailed):
        return ProducerFailed(text)
    if isinstance(failure, WorkerNotReady):
        return WorkerFailed(text)
    return PreparationFailed(text)
