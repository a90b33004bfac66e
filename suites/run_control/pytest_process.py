"""One pytest process of a part, and everything it started."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.process_guard import forget, keep
from taskgauge.backends.processes.reaper import GROUP, is_reaper
from taskgauge.suites.run_control.progress import VARIABLE

_MARK = "TASKGAUGE_PROCESS"
"""Environment variable by which whatever a part started is found again, wherever it moved itself."""
_TIDYING = 60.0
"""Seconds that the reapers of processes that died have for their work."""
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
    _mark: str = field(default_factory=lambda: uuid.uuid4().hex, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _output: CapturedOutput | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; SIGINT from the terminal does not reach it, the driver passes it on. Raises OSError."""
        self._output = CapturedOutput(self.log, "")
        # -P: the working directory may hold folders named like ours, or like anything else.
        python = [self.python, "-P", "-m", "pytest"]
        try:
            self._process = subprocess.Popen(
                [*python, "-c", str(_INI), *(word for name in self.plugins for word in ("-p", name)), *self.arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=self._output.writer,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment(),
            )
        finally:
            self._output.close_writer()
        keep(GROUP, self._process.pid)

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TMPDIR": str(self.temporary),
            VARIABLE: str(self.progress),
            _MARK: self._mark,
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
        return None if self._process is None else self._process.poll()

    def stop(self, grace: float) -> None:
        """End it: SIGINT first, so that it can tidy up for `grace` seconds, then SIGKILL."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def close(self) -> None:
        """Kill whatever the process started and left running, and close its log."""
        begin = time.monotonic()
        while (left := self._left_behind()) and (waited := time.monotonic() - begin) < _TIDYING + 10:
            for process in left:
                # A reaper has more to remove than processes, and ends by itself.
                with contextlib.suppress(psutil.NoSuchProcess):
                    if waited > _TIDYING or not is_reaper(process):
                        process.kill()
            psutil.wait_procs(left, timeout=0.2)
        if self._process is not None:
            forget(GROUP, self._process.pid)
        if self._output is not None:
            self._output.wait_until_read(1)
            self._output.close()

    def _left_behind(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if process.pid != os.getpid() and self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(_MARK) == self._mark
        except psutil.Error:  # another user's, or gone: not ours
            return False


def signal_name(number: int) -> str:
    """Return the name of the signal that a process died of, with what that may mean."""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"{name} (out of memory?)" if name == "SIGKILL" else name


def last_line(log: Path) -> str:
    """Return the last line of a log that says something, for a reason that fits in one line."""
    lines = (
        [line.strip(" =") for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
        if log.exists()
        else []
    )
    errors = [line for line in lines if line.startswith(("E  ", "ERROR: ", "Exit: "))]
    spoken = [line for line in errors or lines if line]
    return spoken[-1].removeprefix("E  ").removeprefix("ERROR: ").strip() if spoken else "it said nothing"
