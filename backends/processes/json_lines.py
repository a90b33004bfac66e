"""A child process that takes requests and gives answers as lines of JSON, on two separate pipes."""

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
"""The seconds between two checks for an interruption."""
_LOOK_SECONDS_UNINTERRUPTED = 1.0
"""The seconds between two checks for the child's end, without an interruption to check."""
_GRACE = 3.0
"""The seconds within which a child whose pipe is closed must end."""


class ChildFailed(Exception):
    """A child gave no answer; the text is the reason in one line."""


class ChildEnded(ChildFailed):
    """A child ended, or closed its pipe, without an answer."""

    def __init__(self, name: str, code: int | None, line: str) -> None:
        """Take the child's name, its exit code (negative: a signal; None: it still runs) and the explaining line."""
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
        """Take the child's name and the limit in seconds."""
        super().__init__(f"{name} has not answered within {seconds:.0f} s")


class JsonLinesProcess(SupervisedProcess):
    """A process that answers each line of JSON with one line of JSON; what it prints goes to a file.

    The last two words of its command are the numbers of its pipes: first for requests, then for answers.
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
        """Start the process; `kill` closes `output`, a file opened to read and append. Raises ProcessNotStarted."""
        self._name = name
        self._output_file = output
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
        """Send a request and do not wait for the answer."""
        data = json.dumps(request).encode() + b"\n"
        # If the child has died, `receive` raises the error.
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._requests, data) :]

    def receive(self, limit: float) -> Any:
        """Return the next answer within `limit` seconds. Raises ChildEnded, ChildSilent, Interrupted."""
        deadline = time.monotonic() + limit
        pause = _LOOK_SECONDS_UNINTERRUPTED if self._interruption is None else _LOOK_SECONDS
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([self._answers], [], [], max(0.0, min(pause, left)))
            if self._interruption is not None:
                self._interruption.check()
            read = os.read(self._answers, 65536) if readable else b""
            self._rest += read
            # Processes of the child may hold the pipe open, so this checks the end of the child too.
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
        """Wait for the child's end after its last answer; raise ChildEnded if it fails, or ChildSilent."""
        self._close(self._requests)
        code = self.wait(limit)
        if code is None:
            raise ChildSilent(self._name, limit)
        if code:
            raise self._ended(code)

    def end(self) -> None:
        """Close the pipes, so that the child ends, and kill what is left of it after 3 seconds."""
        self._close(*self._pipes)
        self.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill the child and its descendants at once, and close its pipes and file."""
        try:
            super().kill()
        finally:
            self._close(*self._pipes)
            self._output_file.close()

    def _ended(self, code: int | None) -> ChildEnded:
        self._output_file.seek(0)
        return ChildEnded(self._name, code, explaining_line(self._output_file.read().decode(errors="replace")))

    def _close(self, *pipes: int) -> None:
        for pipe in pipes:
            if pipe in self._pipes:
                self._pipes.remove(pipe)
                os.close(pipe)
