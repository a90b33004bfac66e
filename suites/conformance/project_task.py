"""The target's backend with a Task class of the project's own, which has one field more.

A pickled Task names its class, so a worker imports this module too, under the target's own settings.
"""

from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.framework import task_backends

_own: Any = task_backends["default"]
_OwnTask: Any = _own.task_class
_OwnBackend: Any = type(_own)

PATH = f"{__name__}.ProjectBackend"
"""What BACKEND is for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTask(_OwnTask):  # type: ignore[misc]  # known only when it runs
    """A Task with a label."""

    label: str = "none"


class ProjectBackend(_OwnBackend):  # type: ignore[misc]  # likewise
    """The target's backend, which makes tasks of that class."""

    task_class = ProjectTask
