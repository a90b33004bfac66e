"""What a side's process keeps between two requests: Django under its settings, and the verbs it has."""

import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .operation import Operation, VerbMissing
from .refused import Refused, one_line
from .timing import calibrate, spins_for, timed

_WARM_UP = 3
"""How often each operation is done once before anything is counted or calibrated."""


class Session:
    """The state of the process."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._spins: dict[str, int] = {}
        self._runner = asyncio.Runner()

    def start(self, imports: Sequence[str], tools: str = "") -> dict[str, Any]:
        """Set Django up and import the thing under test; `tools` is a folder with memray in it.

        Refused if that is not possible.
        """
        if tools:
            # Behind everything else: what the environment has itself comes first.
            sys.path.append(tools)
        try:
            import django  # noqa: PLC0415 -- only here is it known to be wanted

            django.setup()
            for name in imports:
                __import__(name)
        except Exception as error:
            raise Refused("cannot import", one_line(error)) from error
        return {"django": django.get_version(), "python": sys.version.split()[0]}

    def prepare(self, verb: str, what: str, alias: str, runs: str) -> dict[str, Any]:
        """Prepare a verb and do it a few times; return why it is missing, or nothing."""
        from .backend_operations import BACKEND_VERBS  # noqa: PLC0415 -- settings first
        from .result_operations import RESULT_VERBS  # noqa: PLC0415 -- settings first

        try:
            made = BACKEND_VERBS[what](alias, runs) if alias else RESULT_VERBS[what]()
            made.ready()
            for _ in range(_WARM_UP):
                made.once(self._runner)
            made.settle(_WARM_UP)
        except VerbMissing as reason:
            return {"missing": str(reason)}
        except Exception as error:
            return {"missing": one_line(error)}
        self._operations[verb] = made
        gc.collect()
        gc.freeze()
        return {"missing": None}

    def calibrate(self, verb: str, slice_ns: int, clock: str | None = None) -> dict[str, Any]:
        """Return how many operations make a slice, the clock that suits the verb unless one is given, and its waits."""
        found = calibrate(self._operations[verb], slice_ns, clock, self._runner)
        return {"loops": found.loops, "clock": found.clock, "waits": found.waits}

    def pin(self, verb: str, cpus: Sequence[int]) -> dict[str, Any]:
        """Run on these processors only, where the system lets one choose; the verb is what it is done for.

        Each thread has processors of its own, and passes them on to those it starts. One that were left behind by
        another verb, such as an event loop's, would be woken across processors in some pairs, and not in others.
        """
        del verb
        if hasattr(os, "sched_setaffinity"):
            for thread in Path("/proc/self/task").iterdir():
                with suppress(ProcessLookupError):  # it has ended meanwhile
                    os.sched_setaffinity(int(thread.name), cpus)
        return {}

    def slice(self, verb: str, loops: int, clock: str) -> dict[str, Any]:
        """Return the nanoseconds of one slice, and how often the process waited in it."""
        one = timed(self._operations[verb], loops, clock, self._runner, self._spins.get(verb))
        return {"ns": one.ns, "waits": one.waits}

    def burn(self, verb: str, loops: int, clock: str, share: float) -> dict[str, Any]:
        """From now on, do so much more work in each slice of a verb that it takes a share longer."""
        self._spins[verb] = spins_for(self._operations[verb], loops, clock, share, self._runner)
        return {"spins": self._spins[verb]}

    def count(self, verb: str, folder: str) -> dict[str, Any]:
        """Return the counters of one operation; captures of memory go to a folder."""
        from .counting import count  # noqa: PLC0415 -- a side that is timed needs none of it

        return count(self._operations[verb], self._runner, Path(folder))
