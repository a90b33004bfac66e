"""How long a target is waited for: less, once it is clear that it runs nothing at all."""

from dataclasses import dataclass

_SURE = 5
"""Waits in vain in a row, with nothing run meanwhile, after which the target counts as running nothing."""
_BRIEF = 2.0
"""Seconds to wait from then on, before the bounds that the target documents."""


@dataclass(slots=True)
class Patience:
    """Counts waits that were in vain; a task that runs after all restores what is asked for."""

    extra: float
    """Seconds that the target documents for an idle worker."""
    _executions: int = 0
    _in_vain: int = 0

    def limit(self, asked: float, executions: int) -> float:
        """Return how many seconds to wait, of those asked for; `executions` is how many were seen to begin so far."""
        self._note(executions)
        return asked if self._in_vain < _SURE else min(asked, _BRIEF + self.extra)

    def waited_in_vain(self, executions: int) -> None:
        """Count a wait in which nothing came."""
        self._note(executions)
        self._in_vain += 1

    def _note(self, executions: int) -> None:
        if executions != self._executions:
            self._executions, self._in_vain = executions, 0
