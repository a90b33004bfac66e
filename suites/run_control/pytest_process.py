"""One pytest process of a part, and everything it started."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.suites.run_control.progress import VARIABLE

_INI = Path(__file__).with_name("pytest.ini")


@dataclass(slots=True)
class PartProcess:
    """A running pytest process in a session of its own, with its log, its progress and a temporary folder."""

    arguments: Sequence[str]
    folder: Path
    """Where it runs: the run folder, so that no configuration or conftest of the user's is read."""
    log: Path
    progress: Path
    temporary: Path
    import_from: Path | None = None
    """A folder that the part may import from besides what is installed."""
    plugins: Sequence[str] = ("taskgauge.suites.shapes.option_set",)
    """What pytest loads besides its own plugins."""
    python: str = sys.executable
    """The interpreter, of this environment or of another that Taskgauge is installed in."""
    _process: SupervisedProcess | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; SIGINT from the terminal does not reach it, the driver passes it on. Raises ProcessNotStarted."""
        # -P: the working directory may hold folders named like ours, or like anything else.
        python = [self.python, "-P", "-m", "pytest"]
        self._process = SupervisedProcess(
            [*python, "-c", str(_INI), *(word for name in self.plugins for word in ("-p", name)), *self.arguments],
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
            # Hundreds of fresh processes would compile Django anew, each time; what they keep goes with the run.
            environment["PYTHONPYCACHEPREFIX"] = str(self.temporary / "bytecode")
        if self.import_from is not None:
            paths = [str(self.import_from), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return environment

    def code(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.wait(0)

    def stop(self, grace: float) -> None:
        """End it with all that it started: SIGINT first, so that it can tidy up for `grace` seconds, then SIGKILL."""
        if self._process is not None:
            self._process.terminate(grace, SIGINT)

    def explaining_line(self) -> str:
        """Return the line of its log that explains a failure."""
        return explaining_line(self.log)
