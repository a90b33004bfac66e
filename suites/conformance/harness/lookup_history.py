"""The history of a run's look-ups: the states and the end of each result."""

from typing import Any

from taskgauge.suites.conformance.result_facts import facts_of

FINAL = ("SUCCESSFUL", "FAILED")
"""The final states of a task."""


class LookupHistory:
    """Keeps the sequence of states of each result, and the facts from the first look-up that saw it finished."""

    def __init__(self) -> None:
        """Begin with no look-up."""
        self._states: dict[str, list[str]] = {}
        self._ends: dict[str, dict[str, str]] = {}
        self._unfinished = False
        self._missed = False

    def note(self, result_id: str, result: Any) -> None:
        """Add a look-up; an object that is no result is left to the test that looked it up."""
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
        """Add a look-up that raised TaskResultDoesNotExist; return True if the target keeps only finished results.

        For a result that was seen finished before, return False.
        """
        self._missed = self._missed or result_id not in self._ends
        return self.keeps_only_ends and result_id not in self._ends

    @property
    def keeps_only_ends(self) -> bool:
        """True if look-ups of unfinished results failed, and none succeeded."""
        return self._missed and not self._unfinished

    def states(self, result_id: str) -> list[str]:
        """Return the states in the order in which look-ups saw them, without repeats."""
        return self._states.get(result_id, [])

    def end(self, result_id: str) -> dict[str, str] | None:
        """Return the facts from the first look-up after the end of a result, as `facts_of` gives them."""
        return self._ends.get(result_id)
