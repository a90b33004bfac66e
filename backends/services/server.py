"""A server of ours: started from its binary, on one loopback port, with its data in a folder that goes with it."""

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
"""Seconds until a server must answer."""
STOP = 30.0
"""Seconds until a server that was asked to end is killed."""
_TAIL = 5
"""Lines of its log that an error has."""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server process, started, stopped and started again with the same data and port."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    port: int
    probe: Callable[[], object]
    """Raises whatever it likes until the server answers."""
    user: str | None = None
    """Who runs it, where this process could be anyone."""
    stop_signal: Signals = SIGTERM
    patience: float = START
    _process: SupervisedProcess | None = field(default=None, init=False)

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive

    @property
    def pid(self) -> int | None:
        """Its process id, or None where it was never started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; raise PortTaken, ServerNotStarted or ServerNotReady."""
        if self.is_alive:
            return
        if not is_free(self.port):
            raise PortTaken(f"{self.name} cannot listen on port {self.port}: something else does")
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
        """Raise ServerGone unless it runs."""
        if self._process is not None and not self._process.is_alive:
            raise ServerGone(f"{self.name} ended with code {self._process.wait()}: {self.end_of_log()}")

    def stop(self) -> None:
        """Ask it to end, and see to it that it does."""
        if self._process is not None:
            self._process.terminate(STOP, self.stop_signal)

    def kill(self) -> None:
        """Kill it with all its processes."""
        if self._process is not None:
            self._process.kill()

    def _wait_until_it_answers(self, process: SupervisedProcess) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                self.probe()
            except Exception as error:  # whatever the client says before the server is there
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
                    f"{self.name} does not answer after {self.patience:g} s ({said}): {self.end_of_log()}"
                )
            time.sleep(0.05)

    def end_of_log(self) -> str:
        """Return the line of its log that explains its end, or the last lines, in one line."""
        return end_of_log(self.log)


def started_on_a_free_port(make: Callable[[int], Server]) -> Server:
    """Make and start a server; on another port if something took the first meanwhile. Raises as `Server.start`."""
    for _ in range(2):
        server = make(free_port())
        with contextlib.suppress(PortTaken):
            server.start()
            return server
    server = make(free_port())
    server.start()
    return server


def end_of_log(path: Path) -> str:
    """Return the line of a server's log that explains its end, or the last lines, in one line."""
    return explaining_line(_tail(path), last=_TAIL)


def _tail(path: Path) -> str:
    return path.read_bytes()[-4096:].decode(errors="replace") if path.exists() else ""
