"""Makes the environments of the two sides: with uv where it is installed, else with venv and pip."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from taskgauge.suites.bench.interruption import Interruption
from taskgauge.suites.gate.errors import PythonUnusable
from taskgauge.suites.gate.external import ExternalFailed, run_external

_HAS_PIP = find_spec("pip") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """Whatever makes environments here."""

    log: Path
    interruption: Interruption
    python: str = sys.executable
    """The interpreter that the sides run on: a path, or a version such as 3.13."""
    uv: str | None = None

    @classmethod
    def found(cls, python: str | None, log: Path, interruption: Interruption) -> "Installer":
        """Return uv if it is on PATH, else pip; without `python` the sides run on this very interpreter."""
        return cls(python=python or sys.executable, uv=shutil.which("uv"), log=log, interruption=interruption)

    @property
    def name(self) -> str:
        """What it is called."""
        return "uv" if self.uv else "venv and pip"

    def create(self, folder: Path) -> Environment:
        """Make an environment in a new folder; raise PythonUnusable."""
        try:
            self._run([*self._venv(), str(folder)])
        except ExternalFailed as error:
            raise PythonUnusable(f"Python {self.python} makes no environment with {self.name}: {error}") from error
        return Environment(folder=folder)

    def install(self, environment: Environment, requirements: Sequence[str], *, alone: bool = False) -> None:
        """Install requirements, what is there already being kept where it fits; `alone`: without what they need.

        Raises ExternalFailed.
        """
        if not requirements:
            return
        without = ["--no-deps"] if alone else []
        self._run([*self._pip(environment), *without, *requirements])

    def install_apart(self, environment: Environment, folder: Path, requirements: Sequence[str]) -> None:
        """Install requirements for an environment's Python into a folder beside it; raise ExternalFailed."""
        self._run([*self._pip(environment), "--target", str(folder), *requirements])

    def _pip(self, environment: Environment) -> list[str]:
        if self.uv:
            return [self.uv, "pip", "install", "--quiet", "--python", str(environment.python)]
        own = [sys.executable, "-m", "pip", "--python", str(environment.python)]
        pip = own if _HAS_PIP else [str(environment.python), "-m", "pip"]
        return [*pip, "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--no-input"]

    def _venv(self) -> list[str]:
        if self.uv:
            return [self.uv, "venv", "--quiet", "--no-python-downloads", "--python", self.python]
        # Where this environment has a pip, it installs into others; that is quicker than one for each.
        return [self._found(), "-m", "venv", *(["--without-pip"] if _HAS_PIP else [])]

    def _found(self) -> str:
        found = shutil.which(self.python) or shutil.which(f"python{self.python}")
        if found is None:
            raise PythonUnusable(f"there is no Python {self.python} on PATH: give a path with --python")
        return found

    def _run(self, words: Sequence[str]) -> None:
        run_external(words, log=self.log, interruption=self.interruption, folder=self.log.parent)
