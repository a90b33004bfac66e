"""Follows a growing event log: counts the tasks that ran, and knows when the last event came."""

import struct
from pathlib import Path

from taskgauge.suites.event_log.exactly_once import Event

_HEADER_SIZE = 16
_RECORD = struct.Struct("<Qqqq")
_EVENT_BITS = 8


class EventLogWatch:
    """The appended event log of a running session, read from where the last look ended."""

    def __init__(self, path: Path, tasks: int) -> None:
        """Watch the tasks 0 to `tasks` - 1; higher numbers are the warm-up, which is counted apart."""
        self._file = path.open("rb")
        self._file.seek(_HEADER_SIZE)
        self._tasks = tasks
        self._is_finished = bytearray(tasks)
        self.finished = 0
        """The number of different tasks that finished."""
        self.starts = 0
        """The number of starts, those of the warm-up included."""
        self.warm_up = 0
        """The number of finished tasks of the warm-up."""
        self.first_start: int | None = None
        """Nanoseconds of the monotonic clock at the first start."""
        self.last_event: int | None = None
        """Nanoseconds of the monotonic clock at the last event."""

    def look(self) -> None:
        """Read the new records."""
        content = self._file.read()
        whole = len(content) - len(content) % _RECORD.size
        self._file.seek(whole - len(content), 1)
        for key, _, _, at in _RECORD.iter_unpack(content[:whole]):
            number, event = key >> _EVENT_BITS, key & (1 << _EVENT_BITS) - 1
            self.starts += event == Event.STARTED
            if number >= self._tasks:
                self.warm_up += event == Event.FINISHED
                continue
            self.last_event = at if self.last_event is None else max(at, self.last_event)
            if event == Event.STARTED:
                self.first_start = at if self.first_start is None else min(at, self.first_start)
            elif not self._is_finished[number]:
                self._is_finished[number] = 1
                self.finished += 1

    def is_finished(self, number: int) -> bool:
        """Return True if the task of this number had finished at the last look."""
        return bool(self._is_finished[number])

    def close(self) -> None:
        """Close the file."""
        self._file.close()
