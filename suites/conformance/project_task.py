"""The target's backend with a Task class of the project, which has one more field.

A pickled Task names its class, so a worker also imports this module, under the target's own settings.
"""

from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.framework import task_backends

_own: Any = task_backends["default"]
_OwnTask: Any = _own.task_class
_OwnBackend: Any = type(_own)

PATH = f"{__name__}.ProjectBackend"
"""The value of BACKEND for `ProjectBackend`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTask(_OwnTask):  # type: ignore[misc]  # known only at run time
    """A Task with a label."""

    label: str = "none"


class ProjectBackend(_OwnBackend):  # type: ignore[misc]  # known only at run time
    """The target's backend, which makes tasks of class `ProjectTask`."""

    task_class = ProjectTask
