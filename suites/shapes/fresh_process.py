"""Runs one measurement in a process of its own: the unit of evidence."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import IO, Any, Self, cast

SILENCE_LIMIT = 1800.0
"""Seconds after which a measuring process that has not answered is taken for hung."""


class MeasuringProcessError(Exception):
    """A measuring process gave no result; the text is one line that says why."""


class MeasuringProcessDied(MeasuringProcessError):
    """It ended without a result."""

    def __init__(self, module: str, returncode: int, stderr: str) -> None:
        """Take the module it ran, its exit code (negative: a signal) and what it wrote last."""
        how = f"was killed by signal {-returncode}" if returncode < 0 else f"exited with code {returncode}"
        last = stderr.strip().splitlines()[-1] if stderr.strip() else "it said nothing"
        super().__init__(f"the measuring process of {module.rpartition('.')[2]} {how}: {last}")


class MeasuringProcessHung(MeasuringProcessError):
    """It did not answer in time."""

    def __init__(self, module: str, seconds: float) -> None:
        """Take the module it ran and the limit in seconds."""
        super().__init__(f"the measuring process of {module.rpartition('.')[2]} did not answer within {seconds:.0f} s")


def measure(module: str, job: Mapping[str, Any], *, hash_seed: int, limit: float = SILENCE_LIMIT) -> Any:
    """
    Run `python -m module` with a job on its standard input; return what it answers on its standard output (both JSON).

    `hash_seed` (0 to 4294967295) is the process's PYTHONHASHSEED, so that a run can be repeated to the letter. Raise
    MeasuringProcessDied or MeasuringProcessHung; the process is gone however this ends.
    """
    with _started(module, hash_seed, subprocess.PIPE) as process:
        try:
            stdout, stderr = process.communicate(json.dumps(job), timeout=limit)
        except subprocess.TimeoutExpired:
            raise MeasuringProcessHung(module, limit) from None
        finally:
            process.kill()  # does nothing to a process that is over
    if process.returncode:
        raise MeasuringProcessDied(module, process.returncode, stderr)
    return json.loads(stdout)


class LivingProcess:
    """
    A measuring process that is asked again and again, so that several can take turns; a context manager.

    Runs `python -m module`, which must call `answer_requests`, with a job and a `hash_seed` as `measure` does.
    """

    def __init__(self, module: str, job: Mapping[str, Any], *, hash_seed: int, limit: float = SILENCE_LIMIT) -> None:
        """Start it; `limit` is in seconds, for each answer."""
        self._module = module
        self._limit = limit
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 -- closed in __exit__
        self._process = _started(module, hash_seed, self._errors)
        self._send(job)

    def __enter__(self) -> Self:
        """Nothing more happens."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def begun(self) -> Any:
        """Return what it says once it is ready. Raises MeasuringProcessDied or MeasuringProcessHung."""
        if not select.select([self._stdout], [], [], self._limit)[0]:
            raise MeasuringProcessHung(self._module, self._limit)
        if line := self._stdout.readline():
            return json.loads(line)
        returncode = self._process.wait()
        self._errors.seek(0)
        raise MeasuringProcessDied(self._module, returncode, self._errors.read())

    def ask(self, request: object) -> Any:
        """Return its answer (both JSON). Raises MeasuringProcessDied or MeasuringProcessHung."""
        self._send(request)
        return self.begun()

    def _send(self, message: object) -> None:
        with contextlib.suppress(BrokenPipeError):  # why it died is told to who waits for its answer
            self._stdin.write(json.dumps(message) + "\n")
            self._stdin.flush()

    @property
    def _stdin(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)

    @property
    def _stdout(self) -> IO[str]:
        return cast("IO[str]", self._process.stdout)


def _started(module: str, hash_seed: int, stderr: int | IO[str]) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "DJANGO_SETTINGS_MODULE": "taskgauge.suites.shapes.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )


def answer_requests(begin: Callable[[dict[str, Any]], tuple[Any, Callable[[Any], Any]]]) -> None:
    """Be a LivingProcess: `begin` takes the job and returns what to say when ready, and what answers each request."""
    first, work = begin(json.loads(sys.stdin.readline()))
    sys.stdout.write(json.dumps(first) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(work: Callable[[dict[str, Any]], Any]) -> None:
    """Be the measuring process: read the job, do the work, write the result."""
    result = work(json.load(sys.stdin))
    json.dump(result, sys.stdout)
