"""Finds the tasks that were in flight when a worker stopped, so that the invariants exclude them."""

import time
from collections.abc import Callable, Mapping

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.lookup_history import FINAL, LookupHistory

_LAST_MOMENTS = 10.0
"""Seconds before a worker died: it may not have stored or acknowledged the tasks that ended in this time."""


class CutShort:
    """Finds the tasks in flight from the event log and the look-ups of results."""

    def __init__(self, events: EventLog, history: LookupHistory, state: Callable[[str], str]) -> None:
        """Begin with no task; `state` returns the known state of a result, empty if it is not known."""
        self._events = events
        self._history = history
        self._state = state
        self._ended: set[str] = set()

    def of(self, accepted: Mapping[str, str], *, killed: bool) -> set[str]:
        """Return the ids of results whose tasks the worker had claimed or begun, but not ended.

        A worker that was killed or died may have claimed any waiting task, and it may not have stored or acknowledged
        the last tasks. So if `killed`, all waiting tasks count, and those that ended in the worker's last moments.
        `accepted` has the key of each result that is known in addition to those that signals named.
        """
        recent = self._events.names_since(time.time() - _LAST_MOMENTS)
        moments = recent if killed else frozenset()
        signals = self._events.records(event="signal", signal="task_enqueued")
        known = {str(record["id"]): str(record["key"]) for record in signals} | dict(accepted)
        in_flight = set()
        for result_id, key in known.items():
            if result_id in self._ended:
                continue
            state = self._state(result_id)
            if state in FINAL and {result_id, key} & recent and not self._events.signals(result_id, "task_finished"):
                # The worker has stored the end, and was stopped before it sent the signal.
                in_flight.add(result_id)
            elif state in FINAL and not {result_id, key} & moments:
                self._ended.add(result_id)
            elif killed or self._is_claimed(state, result_id, key):
                in_flight.add(result_id)
        return in_flight

    def _is_claimed(self, state: str, result_id: str, key: str) -> bool:
        # Without a look-up the state is not known. A task that is READY again may have been handed back.
        seen = self._history.states(result_id)
        return state in {"RUNNING", ""} or "RUNNING" in seen or bool(self._events.of(key, "started"))
