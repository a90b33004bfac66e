"""A server that Taskgauge starts from its binary, on one loopback port, with its data in a temporary folder."""

import contextlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals

from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess
from taskgauge.backends.services.errors import PortTaken, ServerGone, ServerNotReady, ServerNotStarted
from taskgauge.backends.services.ports import free_port, is_free

START = 60.0
"""The seconds within which a server must answer."""
STOP = 30.0
"""The seconds after which a server that does not stop is killed."""
_TAIL = 5
"""The number of log lines that an error quotes."""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server process that can be stopped and started again with the same data and port."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    port: int
    probe: Callable[[], object]
    """A function that raises any exception until the server answers."""
    user: str | None = None
    """The user who runs the server, if this process is root."""
    stop_signal: Signals = SIGTERM
    timeout: float = START
    _process: SupervisedProcess | None = field(default=None, init=False)

    @property
    def is_alive(self) -> bool:
        """True if the server runs."""
        return self._process is not None and self._process.is_alive

    @property
    def pid(self) -> int | None:
        """The server's process id, or None if the server was never started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers; raise PortTaken, ServerNotStarted or ServerNotReady."""
        if self.is_alive:
            return
        if not is_free(self.port):
            raise PortTaken(f"{self.name} cannot listen on port {self.port}: another program does")
        with self.log.open("ab") as output:
            try:
                self._process = SupervisedProcess(
                    self.words, environment=self.environment, folder=self.folder, output=output, user=self.user
                )
            except ProcessNotStarted as error:
                raise ServerNotStarted(f"{error}") from error
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self._process.kill()
            raise

    def check(self) -> None:
        """Raise ServerGone if the server was started and has ended."""
        if self._process is not None and not self._process.is_alive:
            raise ServerGone(f"{self.name} ended with code {self._process.wait()}: {self.end_of_log()}")

    def stop(self) -> None:
        """Ask the server to stop, and kill it after `STOP` seconds."""
        if self._process is not None:
            self._process.terminate(STOP, self.stop_signal)

    def kill(self) -> None:
        """Kill the server with all its processes."""
        if self._process is not None:
            self._process.kill()

    def _wait_until_it_answers(self, process: SupervisedProcess) -> None:
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                self.probe()
            except Exception as error:  # a client may raise anything before the server is ready
                answer = error
            else:
                return
            if not process.is_alive:
                end = self.end_of_log()
                if re.search("address already in use|eaddrinuse", _tail(self.log), re.IGNORECASE):
                    raise PortTaken(f"{self.name} cannot listen on port {self.port}: {end}")
                raise ServerNotStarted(f"{self.name} ended with code {process.wait()}: {end}")
            if time.monotonic() > deadline:
                said = " ".join(str(answer).split()) or type(answer).__name__
                raise ServerNotReady(
                    f"{self.name} does not answer after {self.timeout:g} s ({said}): {self.end_of_log()}"
                )
            time.sleep(0.05)

    def end_of_log(self) -> str:
        """Return the log line that explains the server's end, or the last lines, in one line."""
        return end_of_log(self.log)


def started_on_a_free_port(make: Callable[[int], Server]) -> Server:
    """Make and start a server, on another port if the first port is taken. Raises as `Server.start`."""
    for _ in range(2):
        server = make(free_port())
        with contextlib.suppress(PortTaken):
            server.start()
            return server
    server = make(free_port())
    server.start()
    return server


def end_of_log(path: Path) -> str:
    """Return the log line that explains a server's end, or the last lines, in one line."""
    return explaining_line(_tail(path), last=_TAIL)


def _tail(path: Path) -> str:
    return path.read_bytes()[-4096:].decode(errors="replace") if path.exists() else ""
