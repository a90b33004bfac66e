"""The journal: two writers, one record, nothing lost."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.suites.dispatch.errors import TasksUnaccounted
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event, account
from taskgauge.suites.event_log.journal import (
    AppendedJournal,
    JournalFull,
    JournalNotReadable,
    MappedJournal,
    Writer,
)
from taskgauge.suites.event_log.tail import EventLogTail

Create = Callable[[Path, int], Writer]


def create_appended(path: Path, tasks: int) -> Writer:
    """Make the journal that needs no size."""
    del tasks
    return AppendedJournal.create(path)


WRITERS = [pytest.param(create_appended, id="appended"), pytest.param(MappedJournal.create, id="mapped")]


@pytest.mark.parametrize("create", WRITERS)
def test_record(tmp_path: Path, create: Create) -> None:
    """Both writers leave the same record: event, number, process, thread, time."""
    before = time.monotonic_ns()
    create(tmp_path / "journal", 10).write(Event.FINISHED, 2**40)

    (record,) = journal.records_of(tmp_path / "journal")

    assert record[:4] == (Event.FINISHED, 2**40, os.getpid(), threading.get_native_id())
    assert before <= record.at <= time.monotonic_ns()


@pytest.mark.parametrize("create", WRITERS)
def test_order(tmp_path: Path, create: Create) -> None:
    """One thread's records come back in the order they were written, over many chunks."""
    writer = create(tmp_path / "journal", 3_000)
    for number in range(3_000):
        writer.write(Event.STARTED, number)

    assert [record.number for record in journal.records_of(tmp_path / "journal")] == list(range(3_000))


def test_tail(tmp_path: Path) -> None:
    """Looks together return each record once, of all threads and processes, over many chunks."""
    path = tmp_path / "journal"
    writer = MappedJournal.create(path, 5_000)
    tail = EventLogTail(path)
    assert tail.look() == []
    seen = []
    for first, count in ((0, 1), (1, 700), (701, 1_300)):
        thread = threading.Thread(target=lambda: writer.write(Event.FINISHED, 10_000))
        thread.start()
        for number in range(first, first + count):
            writer.write(Event.STARTED, number)
        thread.join()
        child = multiprocessing.get_context("spawn").Process(target=write_many, args=(str(path), 3_000 + first, count))
        child.start()
        child.join()
        new = tail.look()
        assert len(new) == 3 * count + 1
        seen += new
        assert tail.look() == []

    assert sorted(seen) == sorted(journal.records_of(path))
    assert [record.number for record in seen if record.number < 3_000] == list(range(2_001))


def write_many(path: str, first: int, count: int) -> None:
    """Write from a thread or a process."""
    os.environ[journal.VARIABLE] = path
    for number in range(first, first + count):
        journal.write(Event.STARTED, number)
        journal.write(Event.FINISHED, number)


@pytest.mark.parametrize("create", WRITERS)
def test_threads_and_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, create: Create) -> None:
    """Nothing is lost or overwritten when threads and forked processes write at once."""
    path = tmp_path / "journal"
    create(path, 8 * 2_000)
    monkeypatch.setenv(journal.VARIABLE, str(path))
    journal.forget_writer()
    threads = [threading.Thread(target=write_many, args=(str(path), n * 2_000, 2_000)) for n in range(4)]
    script = (
        "import sys; from taskgauge.suites.event_log import journal\n"
        "for number in range(int(sys.argv[1]), int(sys.argv[1]) + 2000):\n"
        "    journal.write(1, number); journal.write(2, number)\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, str(n * 2_000)]) for n in range(4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0] * 4
    journal.forget_writer()

    records = list(journal.records_of(path))
    assert not account(journal.records_of(path), 8 * 2_000).faults()
    assert len(records) == len(set(records)) == 2 * 8 * 2_000
    assert set(Counter((record.pid, record.thread) for record in records).values()) == {4_000}
    assert len({record.pid for record in records}) == 5


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_fork(tmp_path: Path) -> None:
    """A forked process does not write where its parent writes."""
    writer = MappedJournal.create(tmp_path / "journal", 100)
    writer.write(Event.STARTED, 0)
    child = multiprocessing.get_context("fork").Process(target=writer.write, args=(Event.STARTED, 1))
    child.start()
    child.join()
    writer.write(Event.STARTED, 2)

    records = {record.number: record.pid for record in journal.records_of(tmp_path / "journal")}
    assert records == {0: os.getpid(), 1: child.pid, 2: os.getpid()}


def test_full(tmp_path: Path) -> None:
    """A journal that is full says so, instead of losing records in silence."""
    writer = MappedJournal.create(tmp_path / "journal", 1)

    def fill() -> None:
        for number in range(10**6):
            writer.write(Event.STARTED, number)

    with pytest.raises(JournalFull, match="all are taken"):
        fill()


@pytest.mark.parametrize("content", [b"", b"TG", b"something else entirely"])
def test_not_a_journal(tmp_path: Path, content: bytes) -> None:
    """A file that is not an event log is refused."""
    path = tmp_path / "journal"
    path.write_bytes(content)

    with pytest.raises(JournalNotReadable, match="is not an event log"):
        list(journal.records_of(path))


def test_cut_short(tmp_path: Path) -> None:
    """A record that was cut by the end of its writer is left out, and the whole ones are read."""
    path = tmp_path / "journal"
    writer = AppendedJournal.create(path)
    writer.write(Event.STARTED, 1)
    writer.write(Event.STARTED, 2)
    os.truncate(path, path.stat().st_size - 5)

    assert [record.number for record in journal.records_of(path)] == [1]


def test_accounting_names(tmp_path: Path) -> None:
    """Lost, unfinished and doubled tasks are counted and named; the warm-up is left out."""
    writer = AppendedJournal.create(tmp_path / "journal")
    for number in (0, 1, 2, 2, 5, 10):
        writer.write(Event.STARTED, number)
        if number != 1:
            writer.write(Event.FINISHED, number)

    found = account(journal.records_of(tmp_path / "journal"), 6)

    assert (found.lost, found.unfinished, found.doubled) == ((3, 4), (1,), (2,))
    with pytest.raises(TasksUnaccounted) as caught:
        TasksUnaccounted.check(found)
    assert caught.value.count == 4
    assert str(caught.value) == (
        "of 6 tasks 2 lost (task 3, task 4), 1 not finished when the backend said so (task 1), "
        "1 run more than once (task 2): no rate is given"
    )


def test_accounting_times(tmp_path: Path) -> None:
    """The span goes from the first start to the last finish, whatever their order in the file."""
    writer = AppendedJournal.create(tmp_path / "journal")
    for number in (1, 0):
        writer.write(Event.STARTED, number)
        writer.write(Event.FINISHED, number)
    records = list(journal.records_of(tmp_path / "journal"))

    found = account(journal.records_of(tmp_path / "journal"), 2)

    assert not found.faults()
    assert found.span(0, 2) == records[-1].at - records[0].at
    assert found.span(0, 1) == records[3].at - records[2].at
    assert list(found.started) == [records[2].at, records[0].at]
