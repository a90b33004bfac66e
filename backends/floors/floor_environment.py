"""The environment of a floor: its settings, and the function that its worker calls."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

SETTINGS = "DJANGO_SETTINGS_MODULE"
"""The environment variable that names the module with the settings."""
FUNCTION = "TASKGAUGE_FLOOR_FUNCTION"
"""The environment variable that names the function that a worker calls for each number."""


def setting(name: str, *default: Any) -> Any:
    """Return a setting; if it is missing, return `default` if there is one, and else raise AttributeError."""
    return getattr(import_module(os.environ[SETTINGS]), name, *default)


def function() -> Callable[[int], int | None]:
    """Return the function that a worker calls for each number."""
    module, _, name = os.environ[FUNCTION].rpartition(".")
    work: Callable[[int], int | None] = getattr(import_module(module), name)
    return work
