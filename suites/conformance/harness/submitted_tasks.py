"""The tasks that a run has submitted, and those that the invariants exclude."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from typing import Any

from taskgauge.suites.conformance.outcomes import attribute


class SubmittedTasks:
    """Keys and result ids of submitted tasks; the invariants judge each task that is not excluded."""

    def __init__(self) -> None:
        """Begin with no task."""
        self.accepted: dict[str, str] = {}
        """The keys of the tasks that this process enqueued, by the ids of their results."""
        self.not_before: dict[str, str] = {}
        """The times at which deferred tasks are due, in ISO format, by the ids of their results."""
        self.test = ""
        """The name of the running test."""
        self.only_records = False
        """True if the running test gives no verdict, so that its tasks give none either."""
        self.tests: dict[str, str] = {}
        """The names of the tests that submitted tasks, by the keys of the tasks."""
        self.missed: set[str] = set()
        """The keys of tasks that a test waited for in vain. It has failed, so WRK-01 does not report them once more."""
        self._excluded: set[str] = set()
        self._numbers = itertools.count(1)

    def new_key(self, *, invariants: bool = True) -> str:
        """Return a key that no other task of this run has; without `invariants`, exclude the tasks with this key.

        Use it to exclude a task that another process enqueues, or that a test enqueues without `submit`. The tasks of
        a test that only records behaviour are always excluded.
        """
        key = f"k{os.getpid()}-{next(self._numbers)}"
        self.tests[key] = self.test
        if self.only_records or not invariants:
            self.exclude(key)
        return key

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Let the invariants judge the tasks of an observation, although the running test may only record it."""
        before, self.only_records = self.only_records, False
        try:
            yield
        finally:
            self.only_records = before

    def accept(self, key: str, result: Any) -> str:
        """Add an enqueued task; return the id of its result. Raises Deviation for an object that has no id."""
        result_id = str(attribute("the object that enqueue() returns", result, "id"))
        self.accepted[result_id] = key
        run_after: Any = getattr(getattr(result, "task", None), "run_after", None)
        if hasattr(run_after, "isoformat"):
            self.not_before[result_id] = run_after.isoformat()
        return result_id

    def exclude(self, *names: object) -> None:
        """Exclude tasks from the invariants, by their keys or the ids of their results."""
        self._excluded.update(str(name) for name in names if name)

    def excludes(self, result_id: str, key: str) -> bool:
        """Return whether the invariants exclude a task."""
        return not {result_id, key}.isdisjoint(self._excluded)
