"""The journal of what really executed, written by the tasks themselves and independent of what a backend reports.

A record is five numbers: event, task number, process, thread, and CLOCK_MONOTONIC in nanoseconds (one clock for all
processes of a machine). Two writers make the same records: `MappedJournal` for processes we run, which costs well below
a microsecond a record, and `AppendedJournal` for workers that fork per task, which costs a system call. Every execution
adds records and none replaces another, so that a task that ran twice is seen.
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
"""Environment variable by which tasks find the journal, in whatever process they run."""

_MAGIC = b"TGJ1"
_HEADER = struct.Struct("<4sIQ")
_RECORD = struct.Struct("<Qqqq")
_RECORD_SIZE = _RECORD.size
_pack_into = _RECORD.pack_into
_now = time.monotonic_ns
_CHUNK = 512
"""Records that a thread claims at a time; claiming takes a lock, writing does not."""
_EVENT_BITS = 8


class JournalFull(Exception):
    """More was executed than the journal was made for; it has room for each task to run twice."""


class JournalNotReadable(Exception):
    """The file is no journal."""


class Writer(Protocol):
    """What a task sees of the journal."""

    def write(self, event: int, number: int) -> None:
        """Add a record, with the time of now."""


class _Place:
    """Where a thread writes its next record."""

    __slots__ = ("end", "pid", "position", "thread")

    def __init__(self, position: int, end: int, pid: int, thread: int) -> None:
        self.position, self.end, self.pid, self.thread = position, end, pid, thread


class MappedJournal:
    """A file that all processes map; each thread writes into chunks of its own, so that none waits for another."""

    def __init__(self, path: Path) -> None:
        """Open an existing journal, for writing and reading."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._map = mmap.mmap(self._descriptor, 0)
        self._claiming = threading.Lock()
        self._mine = threading.local()
        _check_magic(self._map[: _HEADER.size], path)
        _journals.add(self)

    @classmethod
    def create(cls, path: Path, tasks: int) -> Self:
        """Make a journal with room for twice this many tasks; the file is sparse, room costs nothing until written."""
        # Two records an execution, each task twice, and some chunks that end half full.
        chunks = 4 * tasks // _CHUNK + 256
        with path.open("xb") as file:
            file.write(_HEADER.pack(_MAGIC, 0, 0))
            file.truncate(_HEADER.size + chunks * _CHUNK * _RECORD_SIZE)
        return cls(path)

    def write(self, event: int, number: int) -> None:
        """Add a record; raise JournalFull."""
        try:
            place = self._mine.place
            if place.position == place.end:
                place = self._claim()
        except AttributeError:
            place = self._claim()
        _pack_into(self._map, place.position, number << _EVENT_BITS | event, place.pid, place.thread, _now())
        place.position += _RECORD_SIZE

    def _claim(self) -> "_Place":
        """Give the calling thread a chunk that no other thread has, in no process."""
        # lockf keeps other processes out, and the lock other threads: lockf does not tell threads apart.
        with self._claiming:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                magic, _, claimed = _HEADER.unpack_from(self._map)
                start = _HEADER.size + claimed * _CHUNK * _RECORD_SIZE
                if start + _CHUNK * _RECORD_SIZE > len(self._map):
                    raise JournalFull(f"the journal has room for {claimed * _CHUNK} records, and all are taken")
                _HEADER.pack_into(self._map, 0, magic, 0, claimed + 1)
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
        place = self._mine.place = _Place(start, start + _CHUNK * _RECORD_SIZE, os.getpid(), threading.get_native_id())
        return place

    def _forget_places(self) -> None:
        """In a forked child the places are the parent's."""
        self._claiming = threading.Lock()
        self._mine = threading.local()

    def close(self) -> None:
        """Give the mapping and the file back."""
        self._map.close()
        os.close(self._descriptor)


class AppendedJournal:
    """A file to which each record is one write; whole records stay whole, whoever writes."""

    def __init__(self, path: Path) -> None:
        """Open an existing journal for writing."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make an empty journal."""
        with path.open("xb") as file:
            file.write(_HEADER.pack(_MAGIC, 1, 0))
        return cls(path)

    def write(self, event: int, number: int) -> None:
        """Add a record."""
        os.write(
            self._descriptor,
            _RECORD.pack(number << _EVENT_BITS | event, os.getpid(), threading.get_native_id(), time.monotonic_ns()),
        )

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)


_writer: Writer | None = None


def write(event: int, number: int) -> None:
    """Add a record to the journal that the environment names; raise KeyError where it names none."""
    (_writer or _open_writer()).write(event, number)


def _open_writer() -> Writer:
    global _writer  # noqa: PLW0603 -- one journal a process, found on first use, at no cost afterwards
    path = Path(os.environ[VARIABLE])
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    appended = _check_magic(header, path)
    _writer = AppendedJournal(path) if appended else MappedJournal(path)
    return _writer


def forget_writer() -> None:
    """Let the next record look for the journal anew; for processes that use several, one after another."""
    global _writer  # noqa: PLW0603 -- see above
    _writer = None


def _check_magic(header: bytes, path: Path) -> bool:
    if len(header) < _HEADER.size or header[:4] != _MAGIC:
        raise JournalNotReadable(f"{path} is no journal")
    appended: int = _HEADER.unpack(header)[1]
    return bool(appended)


def _forget_places() -> None:
    for mapped in _journals:
        mapped._forget_places()  # noqa: SLF001 -- of this module


_journals: weakref.WeakSet[MappedJournal] = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_places)


def content_of(path: Path) -> memoryview:
    """Return all records as 64-bit integers, four a record, unwritten ones as zeros; raise JournalNotReadable.

    The four: task number times 256 plus event, process, thread, nanoseconds.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        appended = _check_magic(header, path)
        size = -1 if appended else _HEADER.unpack(header)[2] * _CHUNK * _RECORD_SIZE
        content = file.read(size)
    # A writer that was killed in the middle of an appended record leaves a part of one.
    return memoryview(content)[: len(content) // _RECORD_SIZE * _RECORD_SIZE].cast("q")


def records_of(path: Path) -> Iterator[Execution]:
    """Yield the records, those of one thread in the order they were written; raise JournalNotReadable."""
    numbers = content_of(path)
    for index in range(0, len(numbers), 4):
        key, pid, thread, at = numbers[index : index + 4]
        # A worker that runs may be writing this very record: one that lacks a word is not there yet.
        if key and at:
            yield Execution(key & (1 << _EVENT_BITS) - 1, key >> _EVENT_BITS, pid, thread, at)
