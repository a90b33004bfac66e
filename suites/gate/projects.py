"""The Django project of one process of a side: settings as a user writes them, and the store that they name."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.placeholders import fill_in
from taskgauge.backends.descriptors.python_source import begun_with
from taskgauge.backends.environments.external_command import ExternalFailed, clean, run_external
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.conformance.project import RESULT_TYPES
from taskgauge.suites.gate.process_profile import ProcessProfile, plain_settings
from taskgauge.suites.gate.sides import InstalledSide
from taskgauge.suites.gate.stores import Stores

SETTINGS = "taskgauge_gate_settings"
_BEGINNING = """
SECRET_KEY = "taskgauge runs tasks on servers of its own, so this key protects nothing"
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
LOGGING = {"version": 1, "disable_existing_loggers": False, "loggers": {"django.tasks": {"level": "WARNING"}}}
"""


class PreparationFailed(Exception):
    """A side's store could not be prepared; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with settings, and the environment variables that let a process find them."""

    folder: Path
    environment: Mapping[str, str]


def write_project(
    profile: ProcessProfile, side: InstalledSide, stores: Stores, *, role: int, folder: Path, code: Path
) -> Project:
    """Write a process's settings into a new folder; `code` is the folder that contains `taskgauge_side`.

    Raises DescriptorPlaceholderUnknown.
    """
    folder.mkdir(parents=True)
    framework = "django.tasks"
    if profile.targets is None:
        source = f"TASKS = {plain_settings()!r}\n"
    else:
        target = profile.targets[side.name]
        values = {"result_types": RESULT_TYPES, "store": str(folder / "store"), **stores.placeholders(role, side.name)}
        source = target.settings_source(values)
        framework = target.descriptor.framework
        for module in target.descriptor.modules():
            shutil.copy(module, folder)
    (folder / f"{SETTINGS}.py").write_text(begun_with(_BEGINNING, source), encoding="utf-8")
    environment = clean(
        PYTHONPATH=os.pathsep.join([str(folder), str(code)]),
        DJANGO_SETTINGS_MODULE=SETTINGS,
        TASKGAUGE_SIDE_FRAMEWORK=framework,
        PYTHONNOUSERSITE="1",
        TMPDIR=str(folder),
    )
    return Project(folder=folder, environment=environment)


def prepare(
    profile: ProcessProfile, side: InstalledSide, project: Project, *, log: Path, interruption: Interruption
) -> None:
    """Prepare the store of a project with its target's commands. Raises PreparationFailed, Interrupted."""
    if profile.targets is None:
        return
    descriptor = profile.targets[side.name].descriptor
    for command in descriptor.prepare:
        argv = [fill_in(word, {"python": str(side.environment.python)}, str(descriptor.path)) for word in command]
        try:
            run_external(
                argv, log=log, interruption=interruption, folder=project.folder, environment=project.environment
            )
        except ExternalFailed as error:
            raise PreparationFailed(f"{' '.join(command)}: {error}") from error


def copy_store(prepared: Project, project: Project) -> None:
    """Copy the store files of a prepared project into another project."""
    for path in prepared.folder.glob("store*"):
        shutil.copy(path, project.folder)
