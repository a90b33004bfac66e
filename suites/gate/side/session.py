"""The state of a side's process between requests: Django with its settings, and the prepared operations."""

import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .operation import OperationMissing, PreparedOperation
from .refused import Refused, one_line
from .timing import calibrate, spins_for, timed

_WARM_UP = 3
"""The number of times that an operation runs before it is counted or calibrated."""


class Session:
    """The state of the process; its methods answer requests."""

    def __init__(self) -> None:
        self._operations: dict[str, PreparedOperation] = {}
        self._spins: dict[str, int] = {}
        self._runner = asyncio.Runner()

    def start(self, imports: Sequence[str], tools: str = "") -> dict[str, Any]:
        """Set Django up and import the thing under test; `tools` is a folder that contains memray.

        Raises Refused.
        """
        if tools:
            # Put it last, so that packages of the environment take precedence.
            sys.path.append(tools)
        try:
            import django  # noqa: PLC0415 -- an import error must be an answer

            django.setup()
            for name in imports:
                __import__(name)
        except Exception as error:
            raise Refused("cannot import", one_line(error)) from error
        return {"django": django.get_version(), "python": sys.version.split()[0]}

    def prepare(self, operation: str, what: str, alias: str, runs: str) -> dict[str, Any]:
        """Prepare an operation and run it a few times; return the reason if it is missing, or None."""
        from .backend_operations import BACKEND_OPERATIONS  # noqa: PLC0415 -- settings first
        from .result_operations import RESULT_OPERATIONS  # noqa: PLC0415 -- settings first

        try:
            prepared = BACKEND_OPERATIONS[what](alias, runs) if alias else RESULT_OPERATIONS[what]()
            prepared.ready()
            for _ in range(_WARM_UP):
                prepared.once(self._runner)
            prepared.settle(_WARM_UP)
        except OperationMissing as reason:
            return {"missing": str(reason)}
        except Exception as error:
            return {"missing": one_line(error)}
        self._operations[operation] = prepared
        gc.collect()
        gc.freeze()
        return {"missing": None}

    def calibrate(self, operation: str, slice_ns: int, clock: str | None = None) -> dict[str, Any]:
        """Return the repetitions in a slice, the clock (chosen for the operation if it is None), and the waits."""
        calibrated = calibrate(self._operations[operation], slice_ns, clock, self._runner)
        return {"loops": calibrated.loops, "clock": calibrated.clock, "waits": calibrated.waits}

    def pin(self, operation: str, cpus: Sequence[int]) -> dict[str, Any]:
        """Run all threads on these processors only, if the system has pinning; `operation` follows.

        A thread has its own set of processors and passes it on to threads that it starts. So threads of earlier
        operations, such as those of an event loop, are pinned too; otherwise only some pairs would cross processors.
        """
        del operation
        if hasattr(os, "sched_setaffinity"):
            for thread in Path("/proc/self/task").iterdir():
                with suppress(ProcessLookupError):  # the thread has ended
                    os.sched_setaffinity(int(thread.name), cpus)
        return {}

    def slice(self, operation: str, loops: int, clock: str) -> dict[str, Any]:
        """Return the nanoseconds of one slice, and the number of waits in it."""
        measured = timed(self._operations[operation], loops, clock, self._runner, self._spins.get(operation))
        return {"ns": measured.ns, "waits": measured.waits}

    def extra_work(self, operation: str, loops: int, clock: str, share: float) -> dict[str, Any]:
        """Add work to all later slices of an operation, so that they take `share` longer."""
        self._spins[operation] = spins_for(self._operations[operation], loops, clock, share, self._runner)
        return {"spins": self._spins[operation]}

    def count(self, operation: str, folder: str) -> dict[str, Any]:
        """Return the counters of one operation; `folder` is for memory captures."""
        from .counting import count  # noqa: PLC0415 -- only needed for counting

        return count(self._operations[operation], self._runner, Path(folder))
