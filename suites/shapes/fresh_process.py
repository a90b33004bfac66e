"""Runs one measurement in its own process, which is the unit of evidence."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.json_lines import JsonLinesProcess

SILENCE_LIMIT = 1800.0
"""Seconds without an answer after which a measuring process counts as hung."""


class LivingProcess(JsonLinesProcess):
    """A measuring process that answers many requests, so that several processes can take turns.

    Runs `python -m module`, which must call `answer_requests`.
    """

    def __init__(self, module: str, job: Mapping[str, Any], *, hash_seed: int, folder: Path | None = None) -> None:
        """Start the process with a job as its first request.

        `hash_seed` (0 to 4294967295) is its PYTHONHASHSEED, so that a run can be repeated exactly. The process works in
        `folder`, or else where this process works.
        """
        super().__init__(
            [sys.executable, "-m", module],
            environment={
                **os.environ,
                "PYTHONHASHSEED": str(hash_seed),
                "PYTHONUNBUFFERED": "1",
                "DJANGO_SETTINGS_MODULE": "taskgauge.suites.shapes.settings",
            },
            folder=folder or Path.cwd(),
            output=tempfile.TemporaryFile("a+b"),  # noqa: SIM115 -- closed with the process
            name=f"the measuring process of {module.rpartition('.')[2]}",
        )
        self.send(job)

    def receive(self, limit: float = SILENCE_LIMIT) -> Any:
        """Return the next answer; the first answer says that the process is ready. Raise ChildEnded or ChildSilent."""
        return super().receive(limit)

    def ask(self, request: object, limit: float = SILENCE_LIMIT) -> Any:
        """Return the answer to a request. Raise ChildEnded or ChildSilent."""
        return super().ask(request, limit)


def measure(module: str, job: Mapping[str, Any], *, hash_seed: int, limit: float = SILENCE_LIMIT) -> Any:
    """Return the answer of `python -m module`, which must call `answer_request`, to a job.

    Raise ChildEnded or ChildSilent. The process has ended in every case.
    """
    with LivingProcess(module, job, hash_seed=hash_seed) as process:
        answer = process.receive(limit)
        process.finish(limit)
    return answer
