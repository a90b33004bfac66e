"""Looks results up and records the look-ups."""

from typing import Any

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.lookup_history import LookupHistory
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.outcomes import NotApplicable

_GONE = "gone"


class Lookups:
    """Looks results up and keeps the history of all look-ups of this run."""

    def __init__(self, target: ConfiguredTarget, submitted: SubmittedTasks, events: EventLog) -> None:
        """Begin with an empty history."""
        self.history = LookupHistory()
        self._target = target
        self._submitted = submitted
        self._events = events

    def get_result(self, result_id: str) -> Any:
        """Return the present state of a result; raise NotApplicable if the backend keeps no results."""
        if not self._target.flag("supports_get_result"):
            raise NotApplicable("results cannot be looked up: supports_get_result is False")
        try:
            result = self._target.backend.get_result(result_id)
        except self._target.api.TaskResultDoesNotExist as error:
            if result_id in self._submitted.accepted and self.history.miss(result_id):
                raise self._target.api.NotKeptYet(*error.args) from error
            raise
        self.history.note(result_id, result)
        return result

    def test_of(self, key: str) -> str:
        """Return the name of the test that submitted a task, if it is not the running test; else an empty text."""
        test = self._submitted.tests.get(key, "")
        return "" if test == self._submitted.test else test

    def state(self, result_id: str) -> str:
        """Return the state of a result by a look-up, or by its last signal; empty if it is not known.

        A result that is gone does not show that a worker had claimed its task: the task may be lost.
        """
        if not self._target.flag("supports_get_result"):
            signals = self._events.signals(result_id)
            return str(signals[-1]["status"]) if signals else ""
        try:
            return str(self._target.backend.get_result(result_id).status)
        except self._target.api.TaskResultDoesNotExist:
            return _GONE
        except Exception:  # a test that looks this result up reports the error
            return ""
