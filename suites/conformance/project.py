"""The Django project of a target, in a separate folder: settings as a user would write them, with the event log."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.python_source import all_names_of, begun_with
from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.processes.python_path import python_path
from taskgauge.suites.conformance import environment_variables

ALIAS = "default"
"""The alias under which a target is configured."""
SECOND_QUEUE = "second"
ONE = "taskgauge_one_alias"
"""Settings module with the alias `default`."""
TWO = "taskgauge_two_aliases"
"""Settings module with the aliases `default` and `second`."""
BESIDE = "taskgauge_beside_another"
"""`TWO` with Django's DummyBackend at the alias `default`, so that the target is only at the alias `second`."""
TWO_DATABASES = "taskgauge_two_databases"
"""`ONE` with a second database, `other`, in which the backend keeps nothing."""
RETRIES = "taskgauge_retries"
"""Settings module with the descriptor's settings that make the backend retry failed tasks."""
AS_SHIPPED = "taskgauge_as_shipped"
"""Settings module with which the backend retries tasks as shipped, if its settings turn that off."""
WITHOUT_TIME_ZONES = "taskgauge_without_time_zones"
"""`ONE` with `USE_TZ = False`, in a time zone where local time read as UTC lies hours in the past."""
DISTANT = "taskgauge_distant"
"""`ONE` with added latency to its stores; it exists only while a test adds the latency."""
ON_SERVER = "taskgauge_on_server"
"""`ONE` with the project's database on a server; it exists only while a test runs that server."""
ROWS = "rows.sqlite3"
"""The file of the suite's own rows in the project's folder, unless the target's settings name another database."""
RESULT_TYPES = "taskgauge.backends.reference.result_types:DjangoResultTypes"
"""The value for descriptors that take result types: Django's own types."""
APP = "taskgauge.suites.conformance.tasks"
"""The Django app that is installed last: tasks, one table, and receivers of the signals."""
_DATABASES = """DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "HOST": {postgresql_host!r},
        "PORT": {postgresql_port!r},
        "USER": {postgresql_user!r},
        "PASSWORD": {postgresql_password!r},
        "NAME": {postgresql_name!r},
    }},
}}
"""
_BESIDE = """TASKS["{alias}"] = {{"BACKEND": "{framework}.backends.dummy.DummyBackend", "QUEUES": []}}
"""
_OTHER_DATABASE = """DATABASES["other"] = {{
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": {path!r},
    "OPTIONS": {{"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL", "timeout": 30}},
}}
"""
_LOCAL_TIME = 'USE_TZ = False\nTIME_ZONE = "America/Bogota"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The folder with a target's settings, and the environment in which its processes find them."""

    folder: Path
    event_log: Path
    environment: Mapping[str, str]
    source: str
    """The source of the target's settings."""

    @property
    def rows(self) -> Path:
        """The file of the suite's own rows."""
        return self.folder / ROWS


def write_project(target: Target, folder: Path, placeholders: Mapping[str, str]) -> Project:
    """Write the target's settings into an empty folder.

    Raises DescriptorPlaceholderUnknown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    values = _values(folder, placeholders)
    descriptor = target.descriptor
    source = write_settings(target, folder, ONE, placeholders)
    retries = descriptor.retries.settings if descriptor.retries is not None else None
    two = target.two_aliases_source(values)
    further = {
        TWO: (ONE, two),
        BESIDE: (TWO, None if two is None else _BESIDE.format(alias=ALIAS, framework=descriptor.framework)),
        RETRIES: (ONE, None if retries is None else retries.filled_in(values)),
        AS_SHIPPED: (ONE, target.as_shipped_source(values)),
        WITHOUT_TIME_ZONES: (ONE, _LOCAL_TIME),
        TWO_DATABASES: (ONE, _OTHER_DATABASE.format(path=str(folder / "other.sqlite3"))),
    }
    for name, (base, more) in further.items():
        if more is not None:
            (folder / f"{name}.py").write_text(begun_with(all_names_of(base), more), encoding="utf-8")
    for module in descriptor.modules():
        shutil.copy(module, folder)
    events = folder / "event_log.jsonl"
    events.touch()
    return Project(
        folder=folder,
        event_log=events,
        source=source,
        environment={
            "TASKGAUGE_PROJECT": str(folder),
            environment_variables.FRAMEWORK: descriptor.framework,
            environment_variables.PAUSABLE: "1" if descriptor.pausable else "",
            environment_variables.EVENT_LOG: str(events),
            "DJANGO_SETTINGS_MODULE": ONE,
            "PYTHONPATH": os.pathsep.join([str(folder), *python_path()]),
        },
    )


def write_settings(target: Target, folder: Path, module: str, placeholders: Mapping[str, str]) -> str:
    """Write a settings module with the alias `default`; return the target's part of it.

    Raises DescriptorPlaceholderUnknown.
    """
    source = target.settings_source(_values(folder, placeholders))
    beginning = "from taskgauge.suites.conformance.settings import *"
    ending = f'\n\nINSTALLED_APPS = [*INSTALLED_APPS, "{APP}"]\n'
    (folder / f"{module}.py").write_text(begun_with(beginning, source) + ending, encoding="utf-8")
    return source


def write_rows_on_server(project: Project, placeholders: Mapping[str, str]) -> None:
    """Write the settings module in which the project's database is on the server of these placeholders."""
    own = _DATABASES.format_map(placeholders)
    (project.folder / f"{ON_SERVER}.py").write_text(f"from {ONE} import *\n\n{own}", encoding="utf-8")


def _values(folder: Path, placeholders: Mapping[str, str]) -> dict[str, str]:
    return {"result_types": RESULT_TYPES, "store": str(folder / "store"), **placeholders}
