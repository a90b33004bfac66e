"""The Django project of a session: a folder with the target's settings, its modules and the event log."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.rows import RowName
from taskgauge.backends.descriptors.worker_command import Shape
from taskgauge.suites.event_log import journal

SETTINGS = "taskgauge_session_settings"
INSTALLED = "taskgauge_settings_as_installed"
"""The module with the settings as installed, which no process uses; a row is compared with them."""
BASE = "taskgauge.suites.sessions.settings"
FRAMEWORK = "TASKGAUGE_FRAMEWORK"
"""The environment variable that names the framework of the target."""
FUNCTION = "TASKGAUGE_FLOOR_FUNCTION"
"""The environment variable with the path of the function that a floor calls for each number."""
_RESULT_TYPES = "taskgauge.backends.reference.result_types:DjangoResultTypes"


_END = '\n\nINSTALLED_APPS = [*INSTALLED_APPS, "taskgauge.suites.sessions"]\n'
"""The end of the settings: a worker of Celery finds the task in the modules `tasks` of apps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a target's settings, and the environment in which its processes find them."""

    folder: Path
    event_log: Path
    placeholders: Mapping[str, str]
    """The values of the placeholders in the settings."""
    environment: Mapping[str, str]


def write_project(
    target: Target,
    folder: Path,
    placeholders: Mapping[str, str],
    *,
    row: RowName = "production",
    shape: Shape | None = None,
    lines: str = "",
    environment: Mapping[str, str] | None = None,
) -> Project:
    """Write the target's settings and an empty event log into a new folder. Raises DescriptorPlaceholderUnknown.

    `lines` are added to the settings of this row. `environment` has further variables for the processes of the project.
    """
    folder.mkdir()
    values = {"result_types": _RESULT_TYPES, "store": str(folder / "store"), **placeholders}
    begin = f"from {BASE} import *\n\n"
    more = target.worker.settings(shape) if target.worker is not None and shape is not None else ""
    for name, text in (
        (SETTINGS, f"{target.row_source(row, values)}\n{more}\n{lines}"),
        (INSTALLED, target.row_source("installed", values)),
    ):
        (folder / f"{name}.py").write_text(f"{begin}{text}{_END}", encoding="utf-8")
    for module in target.descriptor.modules():
        shutil.copy(module, folder)
    log = folder / "event_log"
    # Some workers fork for each task: only the appended log has room for any number of writers.
    journal.AppendedJournal.create(log).close()
    return Project(
        folder=folder,
        event_log=log,
        placeholders={**values, "folder": str(folder)},
        environment={
            **os.environ,
            **(environment or {}),
            journal.VARIABLE: str(log),
            FRAMEWORK: target.descriptor.framework,
            FUNCTION: "taskgauge.suites.sessions.execution.execute",
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", "")))),
        },
    )
