"""The function of a task that fails a few times; `probes.retrying` makes the task with the descriptor's options."""

from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.tasks.basic import finished, raising, started


def attempt(context: Any, key: str, failures: int, folder: str) -> str:
    """Raise ValueError in the first `failures` executions, then return; files in the folder count the executions."""
    number = len(list(Path(folder).glob(f"{key}.*"))) + 1
    Path(folder, f"{key}.{number}").touch()
    task = context.task_result.task
    facts = {"queue_name": task.queue_name, "priority": task.priority}
    started(key, attempt=context.attempt, worker_ids=list(context.task_result.worker_ids), **facts)
    if number <= failures:
        raise raising(key, ValueError(f"failure {number}"))
    finished(key)
    return f"after {number}"
