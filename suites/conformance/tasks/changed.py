"""A task that has other options in some processes, as if its code was changed after it was enqueued."""

import os

from taskgauge.suites.conformance.framework import TaskContext, task
from taskgauge.suites.conformance.tasks.basic import finished, started

CHANGED = "TASKGAUGE_TASK_CHANGED"
"""The environment variable that changes the options."""


@task(takes_context=True, queue_name="second" if CHANGED in os.environ else "default")
def move(context: TaskContext, key: str) -> None:
    """Record the queue of the task's result."""
    started(key, queue=context.task_result.task.queue_name)
    finished(key)
