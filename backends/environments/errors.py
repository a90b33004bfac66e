"""The errors of environments; each text is one line that says what to do next."""

from pathlib import Path

from taskgauge.backends.errors import WrongUse


class ProjectUnnamed(WrongUse):
    """A project folder does not name its distribution."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} does not name its distribution ({reason}): add project.name, or give a wheel")


class PythonUnusable(WrongUse):
    """The interpreter for the sides does not run, or cannot make an environment."""


class BackendNotInstallable(Exception):
    """A backend's environment cannot be made."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot be installed: {reason}")
