"""reference-immediate: runs each task inside enqueue()."""

from typing import Any

from django.tasks.signals import task_enqueued

from taskgauge.backends.reference.base import ReferenceBackend
from taskgauge.backends.reference.life_cycle import enqueued, new_id, run


class ReferenceImmediateBackend(ReferenceBackend):
    """A task backend that runs a task before enqueue() returns and keeps no result, like Django's ImmediateBackend.

    A KeyboardInterrupt inside the task comes from the user: it goes to the caller of enqueue(), and the task does not
    finish.
    """

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the alias and its entry in TASKS."""
        super().__init__(alias, params)
        self._worker_id = new_id()

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Run the task and return its finished result."""
        self.validate_task(task)
        result = enqueued(self.types, task, args, kwargs, alias=self.alias)
        task_enqueued.send(type(self), task_result=result)
        return run(
            self.types,
            result,
            worker_id=self._worker_id,
            sender=type(self),
            change=self.types.change,
            let_through=(KeyboardInterrupt,),
        )
