"""What can be wrong with an environment; each text is one line that says what to do next."""

from pathlib import Path

from taskgauge.backends.errors import WrongUse


class ProjectUnnamed(WrongUse):
    """A folder does not say which distribution it makes."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder} does not name its distribution ({why}): add project.name, or give a wheel")


class PythonUnusable(WrongUse):
    """The interpreter for the sides does not run, or makes no environment."""


class BackendNotInstallable(Exception):
    """A backend's environment cannot be made."""

    def __init__(self, why: str) -> None:
        super().__init__(f"cannot be installed: {why}")
