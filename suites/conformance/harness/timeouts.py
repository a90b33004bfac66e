"""How long a target is waited for: less, once it is clear that it runs nothing at all."""

from dataclasses import dataclass

TIMEOUT = 30.0
"""Seconds until what should happen at once counts as not happening; bounds of the descriptor are added."""
IN_PROCESS_TIMEOUTS = {"processes": 20.0, "threads": 5.0, "inside": 5.0, "never": 5.0}
"""The same where tasks run in this process, or in a pool of its own, with no store and no worker in between."""

_SURE = 5
"""Waits in vain in a row, with nothing run meanwhile, after which the target counts as running nothing."""
_BRIEF = 2.0
"""Seconds to wait from then on, before the bounds that the target documents."""


@dataclass(slots=True)
class Timeouts:
    """Counts waits that were in vain; a task that runs after all restores what is asked for."""

    extra: float
    """Seconds that the target documents for an idle worker."""
    _executions: int = 0
    _in_vain: int = 0

    def limit(self, asked: float, executions: int) -> float:
        """Return how many seconds to wait, of those asked for; `executions` is how many were seen to begin so far."""
        self._note(executions)
        return asked if self._in_vain < _SURE else min(asked, _BRIEF + self.extra)

    def timed_out(self, executions: int) -> None:
        """Count a wait in which nothing came."""
        self._note(executions)
        self._in_vain += 1

    def _note(self, executions: int) -> None:
        if executions != self._executions:
            self._executions, self._in_vain = executions, 0
