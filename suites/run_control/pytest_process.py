"""One pytest process of a part, with all processes that it started."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.python_path import python_path
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.suites.run_control.progress import VARIABLE

INI = Path(__file__).with_name("pytest.ini")
"""The configuration of every pytest process that Taskgauge starts."""


@dataclass(slots=True)
class PartProcess:
    """A running pytest process in a session of its own, with its log, its progress and a temporary folder."""

    arguments: Sequence[str]
    folder: Path
    """The working directory: the run folder, so that pytest reads no configuration or conftest of the user."""
    log: Path
    progress: Path
    temporary: Path
    import_from: Path | None = None
    """A folder from which the part may import, besides the installed packages."""
    plugins: Sequence[str] = ("taskgauge.suites.shapes.option_set",)
    """The plugins that pytest loads besides its own."""
    python: str = sys.executable
    """The interpreter: of this environment, or of another in which Taskgauge is installed."""
    _process: SupervisedProcess | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process in its own session, where only the driver sends it SIGINT. Raise ProcessNotStarted."""
        # -P: folders in the working directory must not hide packages of the same name.
        python = [self.python, "-P", "-m", "pytest"]
        self._process = SupervisedProcess(
            [*python, "-c", str(INI), *(word for name in self.plugins for word in ("-p", name)), *self.arguments],
            environment=self._environment(),
            folder=self.folder,
            output=CapturedOutput(self.log),
        )

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TMPDIR": str(self.temporary),
            VARIABLE: str(self.progress),
        }
        if environment.pop("PYTHONDONTWRITEBYTECODE", None):
            # Without a cache, hundreds of fresh processes would compile Django anew. The run's end removes this cache.
            environment["PYTHONPYCACHEPREFIX"] = str(self.temporary / "bytecode")
        # The process runs in another folder.
        paths = [*([] if self.import_from is None else [str(self.import_from)]), *python_path()]
        if paths:
            environment["PYTHONPATH"] = os.pathsep.join(paths)
        return environment

    def code(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        return None if self._process is None else self._process.wait(0)

    def stop(self, grace: float) -> None:
        """Stop the process and all that it started: by SIGINT, and by SIGKILL after `grace` seconds."""
        if self._process is not None:
            self._process.terminate(grace, SIGINT)

    def explaining_line(self) -> str:
        """Return the line of the log that explains a failure."""
        return explaining_line(self.log)
