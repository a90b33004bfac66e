"""Reads the event log, and waits for its next records."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from taskgauge.suites.event_log.exactly_once import Event, Execution

type Record = dict[str, Any]

_INDEXED = ("key", "id", "worker", "event")


class EventLog:
    """The records of the event log's file; each access reads the records that are new."""

    def __init__(self, path: Path) -> None:
        """Take the file of the event log."""
        self._path = path
        self._position = 0
        self._lock = threading.Lock()
        """Needed because some tests read from several threads."""
        self._records: list[Record] = []
        self._by: dict[tuple[str, object], list[Record]] = {}
        """Records by key, result id, worker and event: a run has tens of thousands, and most queries name one."""
        self.in_vain: list[float] = []
        """The seconds of each wait that ended without what it waited for."""

    def __len__(self) -> int:
        self._read_on()
        return len(self._records)

    def since(self, position: int) -> list[Record]:
        """Return the records after this position."""
        self._read_on()
        return self._records[position:]

    def records(self, **facts: object) -> list[Record]:
        """Return the records that have these facts, oldest first."""
        self._read_on()
        index = next(((name, facts[name]) for name in _INDEXED if name in facts), None)
        records = self._records if index is None else self._by.get(index, [])
        return [record for record in records if facts.items() <= record.items()]

    def of(self, key: str, event: str | None = None) -> list[Record]:
        """Return the records that tasks wrote with a key, without signals."""
        records = self.records(key=key) if event is None else self.records(key=key, event=event)
        return [record for record in records if record["event"] != "signal"]

    def lines_of(self, keys: Sequence[str]) -> Iterator[Execution]:
        """Yield the first and last lines of tasks with these keys; the position of a key is its task's number."""
        numbers = {key: number for number, key in enumerate(keys)}
        for event in Event:
            for record in self.records(event=event.name.lower()):
                if record["key"] in numbers:
                    yield Execution(event, numbers[record["key"]], record["pid"], record["thread"], record["at"])

    def names_since(self, moment: float) -> frozenset[object]:
        """Return the keys and result ids in the records since a moment of time.time()."""
        recent = takewhile(lambda record: record["wall"] >= moment, reversed(self.records()))
        return frozenset(record.get(name) for record in recent for name in ("key", "id"))

    def executions(self, but_by: int | None = None) -> int:
        """Return how often a task began; the process id `but_by` does not count."""
        self._read_on()
        return sum(record["pid"] != but_by for record in self._by.get(("event", "started"), ()))

    def signals(self, result_id: str, name: str | None = None) -> list[Record]:
        """Return the signals that were sent for a result."""
        facts = {"event": "signal", "id": result_id}
        return self.records(**facts) if name is None else self.records(**facts, signal=name)

    def wait(self, condition: Callable[[], Any], timeout: float, alive: Callable[[], object]) -> Any | None:
        """Return the value of the condition as soon as it is true, or None after `timeout` seconds.

        `alive` is called during the wait, and may raise to end it.
        """
        end = time.monotonic() + timeout
        pause = 0.002
        while not (value := condition()):
            if time.monotonic() > end:
                self.in_vain.append(timeout)
                return None
            alive()
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        return value

    def _read_on(self) -> None:
        with self._lock:
            with self._path.open("rb") as file:
                file.seek(self._position)
                content = file.read()
            complete = content.rfind(b"\n") + 1
            self._position += complete
            for record in _parse(content[:complete]):
                self._records.append(record)
                for name in _INDEXED:
                    if name in record:
                        self._by.setdefault((name, record[name]), []).append(record)


def _parse(content: bytes) -> Iterator[Record]:
    for line in content.splitlines():
        record = json.loads(line)
        if isinstance(record.get("key"), list | dict):
            record["key"] = repr(record["key"])  # a backend may mix up the arguments
        yield record
