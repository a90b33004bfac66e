"""The task to enqueue: the smallest one with an argument and a return value. Import it after Django's settings."""

import os
from importlib import import_module

FRAMEWORK = os.environ.get("TASKGAUGE_SIDE_FRAMEWORK", "django.tasks")
"""The module whose Task a backend takes: Django's own, or the backport's."""
ran = 0
"""The number of tasks that ran in this process."""


@import_module(FRAMEWORK).task  # type: ignore[untyped-decorator]  # one of two frameworks
def add(left: int, right: int = 1) -> int:
    """Return the sum."""
    global ran  # noqa: PLW0603 -- the caller of enqueue() waits for it
    ran += 1
    return left + right
