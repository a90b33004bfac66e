"""A living child that is asked in lines of JSON and answers in lines of JSON, on pipes of their own."""

import contextlib
import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.supervised_process import SupervisedProcess, signal_name

_LOOK_SECONDS = 0.1
"""How often an interruption is looked for."""
_LOOK_SECONDS_UNINTERRUPTED = 1.0
"""How often only the child's own end is looked for."""
_GRACE = 3.0
"""Seconds until the end of a child that has closed its pipe."""


class ChildFailed(Exception):
    """A child gave no answer; the text is one line that says why."""


class ChildEnded(ChildFailed):
    """A child ended, or closed its pipe, without an answer."""

    def __init__(self, name: str, code: int | None, line: str) -> None:
        """Take its name, its exit code (negative: a signal; None: it still runs) and the line that explains it."""
        if code is None:
            ending = "closed its pipe"
        else:
            ending = f"ended with code {code}" if code >= 0 else f"was killed by {signal_name(-code)}"
        super().__init__(f"{name} {ending}: {line}")
        self.code = code
        self.line = line


class ChildSilent(ChildFailed):
    """A child did not answer in time."""

    def __init__(self, name: str, seconds: float) -> None:
        """Take its name and the limit in seconds."""
        super().__init__(f"{name} has not answered within {seconds:.0f} s")


class JsonLinesProcess(SupervisedProcess):
    """A process that answers each line of JSON with one; what it prints goes elsewhere.

    Its last two words are the numbers of the pipes that it reads requests from and writes answers to.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: IO[bytes],
        name: str = "it",
        interruption: Interruption | None = None,
    ) -> None:
        """Start it; `output`, a file that can be read and appended to, is closed with it. Raises ProcessNotStarted."""
        self._name = name
        self._said = output
        self._interruption = interruption
        self._rest = b""
        self._answers, theirs_out = os.pipe()
        theirs_in, self._requests = os.pipe()
        self._pipes = [self._answers, self._requests]
        try:
            super().__init__(
                [*words, str(theirs_in), str(theirs_out)],
                environment=environment,
                folder=folder,
                output=output,
                inherited=(theirs_in, theirs_out),
            )
        except BaseException:
            self._close(*self._pipes)
            output.close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def send(self, request: object) -> None:
        """Send a request; it goes on while this process does something else."""
        data = json.dumps(request).encode() + b"\n"
        # If it has died, `receive` raises the error.
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._requests, data) :]

    def receive(self, limit: float) -> Any:
        """Return its next answer, which has `limit` seconds. Raises ChildEnded, ChildSilent, Interrupted."""
        deadline = time.monotonic() + limit
        pause = _LOOK_SECONDS_UNINTERRUPTED if self._interruption is None else _LOOK_SECONDS
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([self._answers], [], [], max(0.0, min(pause, left)))
            if self._interruption is not None:
                self._interruption.check()
            read = os.read(self._answers, 65536) if readable else b""
            self._rest += read
            # Whatever it started may hold the pipe open, so its own end is looked for as well.
            if (readable and not read) or not (readable or self.is_alive):
                raise self._ended(self.wait(_GRACE))
            if left <= 0 and b"\n" not in self._rest:
                raise ChildSilent(self._name, limit)
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    def ask(self, request: object, limit: float) -> Any:
        """Send a request and return its answer. Raises ChildEnded, ChildSilent, Interrupted."""
        self.send(request)
        return self.receive(limit)

    def finish(self, limit: float) -> None:
        """Wait for its end, as it has no more to answer; raise ChildEnded if it fails in it, or ChildSilent."""
        self._close(self._requests)
        code = self.wait(limit)
        if code is None:
            raise ChildSilent(self._name, limit)
        if code:
            raise self._ended(code)

    def end(self) -> None:
        """Ask it to end, by closing its pipes, and kill what is left of it after 3 seconds."""
        self._close(*self._pipes)
        self.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started, at once, and close its pipes and file."""
        try:
            super().kill()
        finally:
            self._close(*self._pipes)
            self._said.close()

    def _ended(self, code: int | None) -> ChildEnded:
        self._said.seek(0)
        return ChildEnded(self._name, code, explaining_line(self._said.read().decode(errors="replace")))

    def _close(self, *pipes: int) -> None:
        for pipe in pipes:
            if pipe in self._pipes:
                self._pipes.remove(pipe)
                os.close(pipe)
