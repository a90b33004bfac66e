"""How the dispatch of tasks can go wrong; each text is one line for the report."""

from taskgauge.suites.event_log.exactly_once import Accounting


class DispatchError(Exception):
    """There is no figure for this item, and the text says why."""


class TasksUnaccounted(DispatchError):
    """Tasks were lost, ran more than once, or had not finished when the backend said that they had."""

    def __init__(self, text: str, count: int) -> None:
        """Take the sentence that names them, and how many they are."""
        self.count = count
        super().__init__(text)

    @classmethod
    def check(cls, accounting: Accounting) -> None:
        """Raise it, naming tasks, unless each ran exactly once."""
        if accounting.sentence:
            raise cls(f"{accounting.sentence}: no rate is given", accounting.affected)


class FinalStateWrong(DispatchError):
    """The journal shows that tasks ran, and the backend reports another end than success."""


class DispatchStalled(DispatchError):
    """Nothing was enqueued and nothing ran for too long."""


class WorkerNotReady(DispatchError):
    """The worker ended before it looked for tasks."""


class WorkerEnded(DispatchError):
    """The worker ended although there were tasks left."""


class PreparationFailed(DispatchError):
    """A command that makes the store ready failed."""


class SessionDied(DispatchError):
    """The process that enqueues died without a word."""


class SessionFailed(DispatchError):
    """Something else was raised in the process that enqueues, usually by the backend."""
