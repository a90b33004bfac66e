"""The task that is enqueued: the smallest with an argument and a return value. It is imported under settings."""

import os
from importlib import import_module

FRAMEWORK = os.environ.get("TASKGAUGE_SIDE_FRAMEWORK", "django.tasks")
"""Whose Task a backend takes: Django's own, or the backport's."""
ran = 0
"""How many tasks ran in this process."""


@import_module(FRAMEWORK).task  # type: ignore[untyped-decorator]  # one of two frameworks
def add(left: int, right: int = 1) -> int:
    """Return the sum."""
    global ran  # noqa: PLW0603 -- whoever enqueues waits for it
    ran += 1
    return left + right
