"""Runs one measurement in a process of its own: the unit of evidence."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.json_lines import JsonLinesProcess

SILENCE_LIMIT = 1800.0
"""Seconds after which a measuring process that has not answered is taken for hung."""


class LivingProcess(JsonLinesProcess):
    """A measuring process that is asked again and again, so that several can take turns.

    Runs `python -m module`, which must call `answer_requests`.
    """

    def __init__(self, module: str, job: Mapping[str, Any], *, hash_seed: int) -> None:
        """Start it with a job as its first request.

        `hash_seed` (0 to 4294967295) is its PYTHONHASHSEED, so that a run can be repeated to the letter.
        """
        super().__init__(
            [sys.executable, "-m", module],
            environment={
                **os.environ,
                "PYTHONHASHSEED": str(hash_seed),
                "PYTHONUNBUFFERED": "1",
                "DJANGO_SETTINGS_MODULE": "taskgauge.suites.shapes.settings",
            },
            folder=Path.cwd(),
            output=tempfile.TemporaryFile("a+b"),  # noqa: SIM115 -- closed with the process
            name=f"the measuring process of {module.rpartition('.')[2]}",
        )
        self.send(job)

    def receive(self, limit: float = SILENCE_LIMIT) -> Any:
        """Return its next answer, the first of which says that it is ready. Raises ChildEnded, ChildSilent."""
        return super().receive(limit)

    def ask(self, request: object, limit: float = SILENCE_LIMIT) -> Any:
        """Return its answer to a request. Raises ChildEnded, ChildSilent."""
        return super().ask(request, limit)


def measure(module: str, job: Mapping[str, Any], *, hash_seed: int, limit: float = SILENCE_LIMIT) -> Any:
    """Return the answer of `python -m module`, which must call `answer_request`, to a job.

    Raises ChildEnded, ChildSilent; the process is gone however this ends.
    """
    with LivingProcess(module, job, hash_seed=hash_seed) as process:
        answer = process.receive(limit)
        process.finish(limit)
    return answer
