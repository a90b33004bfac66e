"""Tasks that fail, and may also end their worker."""

import os
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, raising, started
from taskgauge.suites.conformance.tasks.errors_to_raise import make


@task
def fail_until(key: str, kind: str, path: str) -> None:
    """Raise this kind of exception unless a file exists, so that a delivery after the test does no harm."""
    started(key)
    if not Path(path).exists():
        raise raising(key, make(kind))
    finished(key)


@task
def exit_until(key: str, path: str) -> None:
    """End this process with code 0 unless a file exists, so that a delivery after the test does no harm."""
    started(key)
    if not Path(path).exists():
        os._exit(0)
    finished(key)


def attempt(context: Any, key: str, failures: int, folder: str) -> str:
    """Raise ValueError in the first `failures` executions, then return; files in the folder count the executions.

    `probes.retrying` makes the task with the options of the descriptor.
    """
    number = len(list(Path(folder).glob(f"{key}.*"))) + 1
    Path(folder, f"{key}.{number}").touch()
    task = context.task_result.task
    facts = {"queue_name": task.queue_name, "priority": task.priority}
    started(key, attempt=context.attempt, worker_ids=list(context.task_result.worker_ids), **facts)
    if number <= failures:
        raise raising(key, ValueError(f"failure {number}"))
    finished(key)
    return f"after {number}"
