"""A Task class of the project, which adds a field to the class of the target's backend.

A pickled Task names its class, so a worker also imports this module, under the target's own settings.
"""

from dataclasses import dataclass
from typing import Any

from taskgauge.suites.conformance.framework import task_backends

_OwnTask: Any = task_backends["default"].task_class


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTask(_OwnTask):  # type: ignore[misc]  # known only at run time
    """A Task with a label."""

    label: str = "none"
