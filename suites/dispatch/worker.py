"""A target's own worker process: started as its descriptor says, ready when it says so, and watched until it ends."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping

from taskgauge.backends.descriptor import Descriptor, Worker, fill_in
from taskgauge.suites.dispatch.errors import PreparationFailed, WorkerEnded, WorkerNotReady

_KEPT_LINES = 20


class WorkerProcess:
    """The process, with a thread that reads what it prints and one that waits for its end."""

    def __init__(self, worker: Worker, tasks: int, environment: Mapping[str, str]) -> None:
        """Start it, to end by itself after so many tasks."""
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._worker = worker
        self._ready_or_ended = threading.Event()
        self._is_ready = False
        self._ended = threading.Event()
        self._process = subprocess.Popen(
            _command(worker.command, tasks),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**environment, "PYTHONUNBUFFERED": "1"},
        )
        # Two threads: what the worker started may hold the pipe open after the worker's end.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, daemon=True).start()

    def wait_until_ready(self) -> None:
        """Wait until it looks for tasks; raise WorkerNotReady."""
        self._ready_or_ended.wait()
        if not self._is_ready:
            raise WorkerNotReady(f"the worker ended with code {self._process.returncode}: {self._last_words()}")

    def wait_until_done(self) -> None:
        """Wait until it has run all tasks and ended; raise WorkerEnded if it did not end well."""
        self._ended.wait()
        if self._process.returncode:
            raise WorkerEnded(
                f"the worker ended with code {self._process.returncode} before all tasks were run: {self._last_words()}"
            )

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._ended.wait()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.append(line.strip())
            if self._worker.ready in line:
                self._is_ready = True
                self._ready_or_ended.set()

    def _wait(self) -> None:
        self._process.wait()
        self._ended.set()
        self._ready_or_ended.set()

    def _last_words(self) -> str:
        self._reader.join(1)
        return next((line for line in reversed(self._lines) if line), "it said nothing")


def prepare(descriptor: Descriptor, environment: Mapping[str, str]) -> None:
    """Make the target's store ready; raise PreparationFailed."""
    for command in descriptor.prepare:
        done = subprocess.run(
            _command(command, 0),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(environment),
            check=False,
        )
        if done.returncode:
            words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            last = words[-1].strip() if words else "it said nothing"
            raise PreparationFailed(f"{' '.join(command)} ended with code {done.returncode}: {last}")


def _command(command: tuple[str, ...], tasks: int) -> list[str]:
    values = {"python": sys.executable, "tasks": str(tasks)}
    return [fill_in(word, values, os.fspath(sys.executable)) for word in command]
