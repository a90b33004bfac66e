"""The seconds to wait for a target: fewer, once the target has run no task for several waits."""

from dataclasses import dataclass

TIMEOUT = 30.0
"""Seconds after which an immediate event counts as missing; the descriptor's bounds are added."""
IN_PROCESS_TIMEOUTS = {"processes": 20.0, "threads": 5.0, "inside": 5.0, "never": 5.0}
"""The same seconds if tasks run in this process or its pool, without a store and a worker in between."""

_SURE = 5
"""Timeouts in a row, without an execution, after which the target counts as running no tasks."""
_BRIEF = 2.0
"""Seconds to wait from then on; the bounds that the target documents are added."""
_BRIEF_FOR_A_SIGN = 0.5
"""The same seconds for a sign of a task's end, once one did not come and the run has seen none."""


@dataclass(slots=True)
class Timeouts:
    """Counts the waits that timed out; the next execution of a task sets the count back to zero."""

    extra: float
    """Seconds that the target documents for an idle worker."""
    _executions: int = 0
    _timed_out: int = 0

    def limit(self, asked: float, executions: int) -> float:
        """Return the seconds to wait, at most those asked for; `executions` counts the tasks that began so far."""
        self._note(executions)
        return asked if self._timed_out < _SURE else min(asked, _BRIEF + self.extra)

    def limit_for_sign(self, asked: float) -> float:
        """Return the seconds to wait for a sign of a task's end, once one did not come and the run has seen none."""
        return min(asked, _BRIEF_FOR_A_SIGN + self.extra)

    def timed_out(self, executions: int) -> None:
        """Count a wait that timed out."""
        self._note(executions)
        self._timed_out += 1

    def _note(self, executions: int) -> None:
        if executions != self._executions:
            self._executions, self._timed_out = executions, 0
