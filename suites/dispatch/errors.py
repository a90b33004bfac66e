"""Errors of dispatching tasks; each text is one line for the report."""

from taskgauge.suites.event_log.exactly_once import Accounting


class DispatchError(Exception):
    """An item has no figure; the text says why."""


class TasksUnaccounted(DispatchError):
    """Tasks were lost, ran more than once, or had not finished when the backend reported that they had."""

    def __init__(self, text: str, count: int) -> None:
        """Take the sentence that names the tasks, and their number."""
        self.count = count
        super().__init__(text)

    @classmethod
    def check(cls, accounting: Accounting) -> None:
        """Raise TasksUnaccounted, with the tasks' names, unless every task ran exactly once."""
        if faults := accounting.faults("not finished when the backend said so"):
            raise cls(f"{faults}: no rate is given", accounting.affected)


class FinalStateWrong(DispatchError):
    """The event log shows that tasks ran, but the backend reports another end than success."""


class DispatchStalled(DispatchError):
    """No task was enqueued and no task ran for too long."""


class WorkerNotReady(DispatchError):
    """The worker ended before it looked for tasks."""


class WorkerEnded(DispatchError):
    """The worker ended before it ran all tasks."""


class PreparationFailed(DispatchError):
    """A command that prepares the store failed."""


class SessionDied(DispatchError):
    """The process that enqueues died without recording an error."""


class SessionFailed(DispatchError):
    """The process that enqueues raised another error, usually in the backend."""
