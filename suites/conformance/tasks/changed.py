"""A task whose options are others in a process that was told so: its code was changed after it was enqueued."""

import os

from taskgauge.suites.conformance.framework import TaskContext, task
from taskgauge.suites.conformance.tasks.basic import finished, started

CHANGED = "TASKGAUGE_TASK_CHANGED"
"""The environment variable that says so."""


@task(takes_context=True, queue_name="second" if CHANGED in os.environ else "default")
def move(context: TaskContext, key: str) -> None:
    """Write down which queue its result says."""
    started(key, queue=context.task_result.task.queue_name)
    finished(key)
