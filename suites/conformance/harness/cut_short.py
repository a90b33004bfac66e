"""Which tasks a worker that is gone has cut short: what becomes of those is not judged."""

import time
from collections.abc import Callable, Mapping

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.lookup_history import FINAL, LookupHistory

_LAST_MOMENTS = 10.0
"""Seconds before its death for which a worker may not have stored, or acknowledged, what it has done."""


class CutShort:
    """Finds them each time a worker is gone, by what the event log and look-ups say of each result."""

    def __init__(self, events: EventLog, history: LookupHistory, state: Callable[[str], str]) -> None:
        """Begin with nothing; `state` gives what is known of a result now, empty for nothing."""
        self._events = events
        self._history = history
        self._state = state
        self._ended: set[str] = set()

    def of(self, accepted: Mapping[str, str], *, killed: bool) -> set[str]:
        """Return the ids of results whose tasks the worker had claimed or begun, and not brought to their end.

        Of one that was killed, or died, nobody knows what it had claimed, and whether it had stored or acknowledged
        what it had just done: then all that waits counts, and what has ended in its last moments. `accepted` gives the
        key of each result that is known beside those of which signals came.
        """
        moments = self._events.names_since(time.time() - _LAST_MOMENTS) if killed else frozenset()
        signals = self._events.records(event="signal", signal="task_enqueued")
        known = {str(record["id"]): str(record["key"]) for record in signals} | dict(accepted)
        found = set()
        for result_id, key in known.items():
            if result_id in self._ended:
                continue
            state = self._state(result_id)
            if state in FINAL and not {result_id, key} & moments:
                self._ended.add(result_id)
            elif killed or self._is_claimed(state, result_id, key):
                found.add(result_id)
        return found

    def _is_claimed(self, state: str, result_id: str, key: str) -> bool:
        # Without a look-up nobody knows; one that is READY again may have been handed back.
        seen = self._history.states(result_id)
        return state in {"RUNNING", ""} or "RUNNING" in seen or bool(self._events.of(key, "started"))
