"""What the look-ups of a run said of each result, one after another."""

from typing import Any

from taskgauge.suites.conformance.result_facts import facts_of

FINAL = ("SUCCESSFUL", "FAILED")
"""The states that a task does not leave."""


class LookupHistory:
    """Keeps the sequence of states of each result, and what was first said of it once it was finished."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._states: dict[str, list[str]] = {}
        self._ends: dict[str, dict[str, str]] = {}
        self._unfinished = False
        self._missed = False

    def note(self, result_id: str, result: Any) -> None:
        """Add a look-up; what is no result at all is for the test that looked."""
        status = getattr(result, "status", None)
        if status is None:
            return
        states = self._states.setdefault(result_id, [])
        if not states or states[-1] != str(status):
            states.append(str(status))
        if not getattr(result, "is_finished", False):
            self._unfinished = True
        elif result_id not in self._ends:
            self._ends[result_id] = facts_of(result)

    def miss(self, result_id: str) -> bool:
        """Add a look-up that found no such result; return whether none was ever found before its end."""
        self._missed = self._missed or result_id not in self._ends
        return self.keeps_only_ends and result_id not in self._ends

    @property
    def keeps_only_ends(self) -> bool:
        """Whether results were missed before their end, and none was found."""
        return self._missed and not self._unfinished

    def states(self, result_id: str) -> list[str]:
        """Return the states in the order in which they were seen, each change once."""
        return self._states.get(result_id, [])

    def end(self, result_id: str) -> dict[str, str] | None:
        """Return what the first look-up after its end said, as `facts_of` has it."""
        return self._ends.get(result_id)
