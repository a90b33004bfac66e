"""The framework that a target belongs to: `django.tasks`, or the backport for backends that are built on it.

The backport has its own classes, exceptions, signals and handler. All modules of this suite import them from here.
"""

import os
from importlib import import_module
from typing import Any

from taskgauge.suites.conformance import environment_variables

FRAMEWORK = os.environ.get(environment_variables.FRAMEWORK, "django.tasks")

_tasks: Any = import_module(FRAMEWORK)
_base: Any = import_module(f"{FRAMEWORK}.base")
exceptions: Any = import_module(f"{FRAMEWORK}.exceptions")
signals: Any = import_module(f"{FRAMEWORK}.signals")
base_backend: Any = import_module(f"{FRAMEWORK}.backends.base").BaseTaskBackend

task: Any = _tasks.task
task_backends: Any = _tasks.task_backends
default_task_backend: Any = _tasks.default_task_backend
Task: Any = _base.Task
TaskResult: Any = _base.TaskResult
TaskContext: Any = _base.TaskContext
TaskError: Any = _base.TaskError
TaskResultStatus: Any = _base.TaskResultStatus
InvalidTask: Any = getattr(exceptions, "InvalidTask", None) or exceptions.InvalidTaskError
InvalidTaskBackend: Any = getattr(exceptions, "InvalidTaskBackend", None) or exceptions.InvalidTaskBackendError
TaskResultDoesNotExist: Any = exceptions.TaskResultDoesNotExist

TaskResultMismatch: Any = getattr(exceptions, "TaskResultMismatch", TaskResultDoesNotExist)
NotKeptYet: Any = type("TaskResultDoesNotExist", (TaskResultDoesNotExist,), {})
"""Raised only by look-ups of this suite: for an unfinished task, on a target that keeps only finished results."""
