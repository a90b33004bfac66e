"""A task of the project's own Task class if the backend makes such tasks, else a plain task, as in the workers."""

from taskgauge.suites.conformance.framework import task, task_backends
from taskgauge.suites.conformance.project_task import ProjectTask
from taskgauge.suites.conformance.tasks.basic import finished, started

LABEL = "of the project"
_fields = {"label": LABEL} if issubclass(task_backends["default"].task_class, ProjectTask) else {}


@task(**_fields)
def labelled(key: str) -> None:
    """Record the execution of a task with a label."""
    started(key)
    finished(key)
