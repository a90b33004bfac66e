"""Reads the name of a distribution from the metadata that its project's build makes."""

import sys
from pathlib import Path

from taskgauge.backends.environments.errors import ProjectUnnamed
from taskgauge.backends.environments.external_command import ExternalFailed, run_external
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder

_READ = """
import pathlib, sys
from build import BuildBackendException
from build.util import project_wheel_metadata
from pyproject_hooks import default_subprocess_runner
try:
    name = project_wheel_metadata(sys.argv[1], runner=default_subprocess_runner)["Name"]
except BuildBackendException:
    sys.exit(1)  # the build has printed its reason
pathlib.Path(sys.argv[2]).write_text(name, encoding="utf-8")
"""
_UNNAMED = "UNKNOWN"
"""The name that setuptools gives to a project without one."""


def built_name(project: Path, shown: Path, interruption: Interruption) -> str:
    """Return the name; `shown` is the project's path in messages. Raises ProjectUnnamed, Interrupted.

    The build runs in a separate environment, which is removed afterwards.
    """
    with temporary_folder("taskgauge-build-") as folder:
        answer = folder / "name"
        words = [sys.executable, "-I", "-X", "utf8", "-c", _READ, str(project), str(answer)]
        try:
            run_external(words, log=folder / "log", interruption=interruption)
        except ExternalFailed as error:
            raise ProjectUnnamed(shown, f"its build does not say it: {error}") from error
        name = answer.read_text(encoding="utf-8")
    if name == _UNNAMED:
        raise ProjectUnnamed(shown, f"its build calls it {_UNNAMED}")
    return name
