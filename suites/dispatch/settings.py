"""The Django settings under which tasks are dispatched; a dispatcher adds TASKS."""

from taskgauge.suites.shapes.settings import *  # noqa: F403 -- settings

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Two log records a task cost as much as the task.
    "loggers": {"django.tasks": {"level": "WARNING"}},
}
