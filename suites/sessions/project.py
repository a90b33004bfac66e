"""The Django project of a session: a folder with the target's settings, its modules and the event log."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.event_log import journal

SETTINGS = "taskgauge_session_settings"
FRAMEWORK = "TASKGAUGE_FRAMEWORK"
"""The environment variable that names the framework of the target."""
FUNCTION = "TASKGAUGE_FLOOR_FUNCTION"
"""The environment variable with the path of the function that a floor calls for each number."""
_RESULT_TYPES = "taskgauge.backends.reference.result_types:DjangoResultTypes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a target's settings, and the environment in which its processes find them."""

    folder: Path
    event_log: Path
    environment: Mapping[str, str]


def write_project(target: Target, folder: Path, placeholders: Mapping[str, str]) -> Project:
    """Write the target's settings and an empty event log into a new folder. Raises DescriptorPlaceholderUnknown."""
    folder.mkdir()
    values = {"result_types": _RESULT_TYPES, "store": str(folder / "store"), **placeholders}
    text = f"from taskgauge.suites.sessions.settings import *\n\n{target.settings_source(values)}"
    (folder / f"{SETTINGS}.py").write_text(text, encoding="utf-8")
    for module in target.descriptor.modules():
        shutil.copy(module, folder)
    log = folder / "event_log"
    # Some workers fork for each task: only the appended log has room for any number of writers.
    journal.AppendedJournal.create(log).close()
    return Project(
        folder=folder,
        event_log=log,
        environment={
            **os.environ,
            journal.VARIABLE: str(log),
            FRAMEWORK: target.descriptor.framework,
            FUNCTION: "taskgauge.suites.sessions.execution.execute",
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", "")))),
        },
    )
