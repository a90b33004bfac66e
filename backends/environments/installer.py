"""Makes virtual environments: with uv if it is installed, else with venv and pip."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from taskgauge.backends.environments.errors import PythonUnusable
from taskgauge.backends.environments.external_command import ExternalFailed, clean, run_external
from taskgauge.backends.environments.package_sources import pip_variables
from taskgauge.backends.environments.uv_settings import write_uv_settings
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder

_HAS_PIP = find_spec("pip") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.folder / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """The tool that makes environments on this machine."""

    log: Path
    interruption: Interruption
    python: str = sys.executable
    """The interpreter for the environments: a path, or a version such as 3.13."""
    uv: str | None = None

    @classmethod
    def found(cls, python: str | None, log: Path, interruption: Interruption) -> "Installer":
        """Return an installer with uv if it is on PATH, else with pip; `python` None means this interpreter."""
        return cls(python=python or sys.executable, uv=shutil.which("uv"), log=log, interruption=interruption)

    @property
    def name(self) -> str:
        """The name of the tool in messages."""
        return "uv" if self.uv else "venv and pip"

    def create(self, folder: Path) -> Environment:
        """Make an environment in a new folder; raise PythonUnusable."""
        try:
            self._run([*self._venv(), str(folder)])
        except ExternalFailed as error:
            raise PythonUnusable(f"Python {self.python} makes no environment with {self.name}: {error}") from error
        return Environment(folder=folder)

    def install(self, environment: Environment, requirements: Sequence[str], *, alone: bool = False) -> None:
        """Install requirements, and keep installed versions that fit; `alone`: without dependencies.

        Raises ExternalFailed.
        """
        if not requirements:
            return
        without = ["--no-deps"] if alone else []
        self._install(environment, [*without, *requirements])

    def install_apart(self, environment: Environment, folder: Path, requirements: Sequence[str]) -> None:
        """Install requirements for an environment's Python into a folder beside it; raise ExternalFailed."""
        self._install(environment, ["--target", str(folder), *requirements])

    def _install(self, environment: Environment, words: Sequence[str]) -> None:
        python = str(environment.python)
        if self.uv:
            with temporary_folder("taskgauge-") as folder:
                settings = clean(UV_CONFIG_FILE=str(write_uv_settings(folder, self.log.parent)))
                self._run([self.uv, "pip", "install", "--quiet", "--python", python, *words], settings)
            return
        pip = [sys.executable if _HAS_PIP else python, "-m", "pip", "--python", python]
        options = ["--quiet", "--no-compile", "--disable-pip-version-check", "--no-input"]
        self._run([*pip, "install", *options, *words], self._settings(pip))

    def _settings(self, pip: Sequence[str]) -> Mapping[str, str]:
        """Return the environment for pip: its configuration files decide the sources of packages, not the target."""
        # Not in the log: the URL of an index may have a password.
        with temporary_folder("taskgauge-") as folder:
            words, log = [*pip, "config", "list"], folder / "log"
            own = clean(PYTHONUTF8="1", PIP_LOG=os.devnull)
            listed = run_external(words, log=log, interruption=self.interruption, folder=folder, environment=own)
        # A variable has precedence over a file, unless the variable is empty.
        files = {name: value for name, value in pip_variables(listed).items() if not os.environ.get(name)}
        return clean(**files, PIP_CONFIG_FILE=os.devnull)

    def _venv(self) -> list[str]:
        if self.uv:
            return [self.uv, "venv", "--quiet", "--no-python-downloads", "--python", self.python]
        # This environment's pip, if any, installs into others: that is faster than a pip in each environment.
        return [self._interpreter(), "-m", "venv", *(["--without-pip"] if _HAS_PIP else [])]

    def _interpreter(self) -> str:
        path = shutil.which(self.python) or shutil.which(f"python{self.python}")
        if path is None:
            raise PythonUnusable(f"there is no Python {self.python} on PATH: give a path with --python")
        return path

    def _run(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        folder = self.log.parent
        run_external(words, log=self.log, interruption=self.interruption, folder=folder, environment=environment)
