"""Errors of a session; each text is one line for the report."""


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
