"""The new records of a mapped event log, at each look."""

import mmap
from pathlib import Path

from taskgauge.suites.event_log.exactly_once import Execution
from taskgauge.suites.event_log.journal import CHUNK, EVENT_BITS, HEADER, RECORD

_CHUNK_SIZE = CHUNK * RECORD.size


class EventLogTail:
    """Reads a mapped event log from where the last look ended; a look costs as much as its new records."""

    def __init__(self, path: Path) -> None:
        """Open an event log that `MappedJournal.create` made."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._claimed = 0
        self._read_of: dict[int, int] = {}
        """The number of records that were read, by chunk; without chunks that were read to their end."""

    def look(self) -> list[Execution]:
        """Return the records since the last look, those of a thread in the order of writing."""
        claimed: int = HEADER.unpack_from(self._map)[2]
        self._read_of.update(dict.fromkeys(range(self._claimed, claimed), 0))
        self._claimed = claimed
        return [execution for chunk in list(self._read_of) for execution in self._look_into(chunk)]

    def _look_into(self, chunk: int) -> list[Execution]:
        start = HEADER.size + chunk * _CHUNK_SIZE
        read = self._read_of.pop(chunk)
        content = memoryview(self._map)[start + read * RECORD.size : start + _CHUNK_SIZE]
        executions = []
        for key, pid, thread, at in RECORD.iter_unpack(content):
            # The next record is unwritten, or a worker is writing it now.
            if not (key and at):
                break
            executions.append(Execution(key & (1 << EVENT_BITS) - 1, key >> EVENT_BITS, pid, thread, at))
        if read + len(executions) < CHUNK:
            self._read_of[chunk] = read + len(executions)
        return executions

    def close(self) -> None:
        """Close the mapping."""
        self._map.close()
