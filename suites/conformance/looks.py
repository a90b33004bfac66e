"""What the look-ups of a run said of each result, one after another."""

from typing import Any

from taskgauge.suites.conformance.result_facts import facts_of

FINAL = ("SUCCESSFUL", "FAILED")
"""The states that a task does not leave."""


class Looks:
    """Keeps the sequence of states of each result, and what was first said of it once it was finished."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._states: dict[str, list[str]] = {}
        self._ends: dict[str, dict[str, str]] = {}

    def note(self, result_id: str, result: Any) -> None:
        """Add a look-up; what is no result at all is for the test that looked."""
        status = getattr(result, "status", None)
        if status is None:
            return
        states = self._states.setdefault(result_id, [])
        if not states or states[-1] != str(status):
            states.append(str(status))
        if result_id not in self._ends and getattr(result, "is_finished", False):
            self._ends[result_id] = facts_of(result)

    def states(self, result_id: str) -> list[str]:
        """Return the states in the order in which they were seen, each change once."""
        return self._states.get(result_id, [])

    def end(self, result_id: str) -> dict[str, str] | None:
        """Return what the first look-up after its end said, as `facts_of` has it."""
        return self._ends.get(result_id)
