"""What a task does that fails a few times; the task itself is made where a descriptor's options for it are known."""

from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.tasks.basic import finished, started


def attempt(context: Any, key: str, failures: int, folder: str) -> str:
    """Raise ValueError in the first executions, so many, and then return; count them by files in the folder."""
    number = len(list(Path(folder).glob(f"{key}.*"))) + 1
    Path(folder, f"{key}.{number}").touch()
    started(key, attempt=context.attempt, worker_ids=list(context.task_result.worker_ids))
    if number <= failures:
        raise ValueError(f"failure {number}")
    finished(key)
    return f"after {number}"
