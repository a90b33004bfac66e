"""Makes the tasks of a variant: an importable Task for every function of the workload."""

import importlib.util
import sys
from inspect import isfunction
from types import ModuleType
from typing import Any

from django.tasks.base import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_PRIORITY, DEFAULT_TASK_QUEUE_NAME

from taskgauge.suites.shapes.variants import workload


def tasks_of(task_class: type[Any], module_name: str) -> ModuleType:
    """Return the workload as an importable module of this name, in which every function is a Task of the class."""
    spec = importlib.util.spec_from_file_location(module_name, workload.__file__)
    if spec is None or spec.loader is None:
        raise ImportError(f"the workload is not readable at {workload.__file__}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    functions = {name: value for name, value in vars(module).items() if isfunction(value)}
    for name, function in functions.items():
        setattr(module, name, new_task(task_class, function))
    return module


def new_task(task_class: type[Any], function: Any, **options: Any) -> Any:
    """Return a Task of a function, with all options, since Django 6.0 has no defaults on the class."""
    return task_class(
        **{
            "func": function,
            "priority": DEFAULT_TASK_PRIORITY,
            "backend": DEFAULT_TASK_BACKEND_ALIAS,
            "queue_name": DEFAULT_TASK_QUEUE_NAME,
            "run_after": None,
            "takes_context": False,
            **options,
        }
    )
