"""The file format of the event log, which tasks write themselves, independently of what a backend reports.

A record has five numbers: event, task number, process, thread, and CLOCK_MONOTONIC in nanoseconds (one clock for all
processes of a machine). Two writers make the same records. `MappedJournal` is for processes that Taskgauge runs; a
record costs well below a microsecond. `AppendedJournal` is for workers that fork for each task; a record costs a system
call. Every execution adds records and replaces none, so the log shows a task that ran twice.
"""

import fcntl
import mmap
import os
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

from taskgauge.suites.event_log.exactly_once import Execution

VARIABLE = "TASKGAUGE_JOURNAL"
"""The environment variable that tells tasks in any process the path of the event log."""

_MAGIC = b"TGJ1"
HEADER = struct.Struct("<4sIQ")
"""The magic number, 1 if records are appended, and the number of claimed chunks of a mapped log."""
RECORD = struct.Struct("<Qqqq")
"""Task number times 256 plus event, process, thread, nanoseconds."""
_RECORD_SIZE = RECORD.size
_pack_into = RECORD.pack_into
_now = time.monotonic_ns
CHUNK = 512
"""The number of records that a thread claims at a time; claiming takes a lock, writing does not."""
EVENT_BITS = 8
"""The bits of the event in the first integer of a record."""


class JournalFull(Exception):
    """Tasks wrote more records than the event log has room for; there is room for each task to run twice."""


class JournalNotReadable(Exception):
    """The file is not an event log."""


class Writer(Protocol):
    """The event log as a task uses it."""

    def write(self, event: int, number: int) -> None:
        """Add a record with the current time."""


class _Place:
    __slots__ = ("end", "pid", "position", "thread")

    def __init__(self, position: int, end: int, pid: int, thread: int) -> None:
        self.position, self.end, self.pid, self.thread = position, end, pid, thread


class MappedJournal:
    """A file that all processes map; each thread writes into its own chunks, so threads do not wait for each other."""

    def __init__(self, path: Path) -> None:
        """Open an existing event log for writing and reading."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._map = mmap.mmap(self._descriptor, 0)
        self._claiming = threading.Lock()
        self._mine = threading.local()
        _check_magic(self._map[: HEADER.size], path)
        _journals.add(self)

    @classmethod
    def create(cls, path: Path, tasks: int) -> Self:
        """Create an event log with room for each of `tasks` tasks to run twice; the file is sparse."""
        # An execution has two records, a task may run twice, and some chunks stay partly empty.
        chunks = 4 * tasks // CHUNK + 256
        with path.open("xb") as file:
            file.write(HEADER.pack(_MAGIC, 0, 0))
            file.truncate(HEADER.size + chunks * CHUNK * _RECORD_SIZE)
        return cls(path)

    def write(self, event: int, number: int) -> None:
        """Add a record; raise JournalFull."""
        try:
            place = self._mine.place
            if place.position == place.end:
                place = self._claim()
        except AttributeError:
            place = self._claim()
        _pack_into(self._map, place.position, number << EVENT_BITS | event, place.pid, place.thread, _now())
        place.position += _RECORD_SIZE

    def _claim(self) -> "_Place":
        """Reserve a chunk for the calling thread, across all processes."""
        # lockf excludes other processes but does not tell threads apart; the lock excludes other threads.
        with self._claiming:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                magic, _, claimed = HEADER.unpack_from(self._map)
                start = HEADER.size + claimed * CHUNK * _RECORD_SIZE
                if start + CHUNK * _RECORD_SIZE > len(self._map):
                    raise JournalFull(f"the event log has room for {claimed * CHUNK} records, and all are taken")
                HEADER.pack_into(self._map, 0, magic, 0, claimed + 1)
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
        place = self._mine.place = _Place(start, start + CHUNK * _RECORD_SIZE, os.getpid(), threading.get_native_id())
        return place

    def _forget_places(self) -> None:
        """Drop the places of the parent process; call this in a forked child."""
        self._claiming = threading.Lock()
        self._mine = threading.local()

    def close(self) -> None:
        """Close the mapping and the file."""
        self._map.close()
        os.close(self._descriptor)


class AppendedJournal:
    """A file to which each record is one write, so that records of several writers do not mix."""

    def __init__(self, path: Path) -> None:
        """Open an existing event log for writing."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Create an empty event log."""
        with path.open("xb") as file:
            file.write(HEADER.pack(_MAGIC, 1, 0))
        return cls(path)

    def write(self, event: int, number: int) -> None:
        """Add a record."""
        os.write(
            self._descriptor,
            RECORD.pack(number << EVENT_BITS | event, os.getpid(), threading.get_native_id(), time.monotonic_ns()),
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


_writer: Writer | None = None


def write(event: int, number: int) -> None:
    """Add a record to the event log that the environment names; raise KeyError if it names none."""
    (_writer or _open_writer()).write(event, number)


def _open_writer() -> Writer:
    global _writer  # noqa: PLW0603 -- a process opens one event log, at its first record
    path = Path(os.environ[VARIABLE])
    with path.open("rb") as file:
        header = file.read(HEADER.size)
    appended = _check_magic(header, path)
    _writer = AppendedJournal(path) if appended else MappedJournal(path)
    return _writer


def forget_writer() -> None:
    """Make the next record read the environment again; for processes that use several event logs in turn."""
    global _writer  # noqa: PLW0603 -- see above
    _writer = None


def _check_magic(header: bytes, path: Path) -> bool:
    if len(header) < HEADER.size or header[:4] != _MAGIC:
        raise JournalNotReadable(f"{path} is not an event log of Taskgauge")
    appended: int = HEADER.unpack(header)[1]
    return bool(appended)


def _forget_places() -> None:
    for mapped in _journals:
        mapped._forget_places()  # noqa: SLF001 -- of this module


_journals: weakref.WeakSet[MappedJournal] = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_places)


def content_of(path: Path) -> memoryview:
    """Return all records as 64-bit integers; raise JournalNotReadable.

    A record is four integers: task number times 256 plus event, process, thread, nanoseconds. Unwritten ones are zeros.
    """
    with path.open("rb") as file:
        header = file.read(HEADER.size)
        appended = _check_magic(header, path)
        size = -1 if appended else HEADER.unpack(header)[2] * CHUNK * _RECORD_SIZE
        content = file.read(size)
    # A writer that is killed while it appends leaves an incomplete record.
    return memoryview(content)[: len(content) // _RECORD_SIZE * _RECORD_SIZE].cast("q")


def records_of(path: Path) -> Iterator[Execution]:
    """Yield the records, those of a thread in the order of writing; raise JournalNotReadable."""
    numbers = content_of(path)
    for index in range(0, len(numbers), 4):
        key, pid, thread, at = numbers[index : index + 4]
        # A running worker may be writing this record: skip it while a part of it is still zero.
        if key and at:
            yield Execution(key & (1 << EVENT_BITS) - 1, key >> EVENT_BITS, pid, thread, at)
