"""Leaks: the growth and the connections that follow from the notes and counts of a session."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from taskgauge.reports.metrics.leaks import (
    FEWEST,
    block_growth,
    group_growth,
    resident_growth,
    slope,
    worker_connections,
)
from taskgauge.reports.run_folder.traces import (
    Connections,
    Header,
    MemoryNote,
    Trace,
    Usage,
    Workload,
    empty_times,
    read_trace,
    write_trace,
)

SECOND = 1_000_000_000


def session(*notes: MemoryNote, connections: tuple[Connections, ...] = (), usage: tuple[Usage, ...] = ()) -> Trace:
    """A session of 100 tasks, one a second, with these notes and counts."""
    load = Workload(arrival="backlog", tasks=100, inspected=True)
    header = Header(
        part="leaks",
        target="a",
        repetition=0,
        workload=load,
        contract="store",
        ending="all ran",
        memory=notes,
        connections=connections,
        usage=usage,
        tasks=100,
    )
    times = empty_times(100)
    for number in range(100):
        times[number] = (number + 1) * SECOND
    return Trace(
        header=header, intended=empty_times(100), enqueue_begin=times, enqueue_end=times, started=times, finished=times
    )


def note(tasks: int, resident: int, blocks: int = 0, process: int = 0) -> MemoryNote:
    """A note of a process after so many tasks."""
    return MemoryNote(process=process, tasks=tasks, at=tasks, blocks=blocks, resident_bytes=resident)


@given(st.lists(st.integers(-1_000, 1_000), min_size=FEWEST, max_size=40))
def test_the_slope_is_theil_and_sens(values: list[int]) -> None:
    """The slope is scipy's."""
    points = [(float(at), float(value)) for at, value in enumerate(values)]

    assert slope(points) == pytest.approx(theilslopes(values).slope, abs=1e-9)


def test_few_points_have_no_slope() -> None:
    """A slope needs ten points."""
    assert slope([(float(at), 1.0) for at in range(FEWEST - 1)]) is None


def test_warm_up_is_no_leak() -> None:
    """Memory that grows in the first tasks alone is no growth, and a later kilobyte for each task is."""
    warm = [note(tasks, min(tasks, 25) * 1_000_000) for tasks in range(1, 101)]
    leaking = [replace(entry, resident_bytes=entry.resident_bytes + 1_024 * entry.tasks) for entry in warm]

    assert resident_growth(session(*warm)) == 0
    assert resident_growth(session(*leaking)) == pytest.approx(1_024_000)


def test_each_process_has_its_own_slope() -> None:
    """Processes that are larger than others are no growth; the median over processes is what counts."""
    notes = [note(tasks, 1_000_000 * process, 2 * tasks, process) for process in range(3) for tasks in range(1, 50)]

    assert resident_growth(session(*notes)) == 0
    assert block_growth(session(*notes)) == 2_000


def test_a_process_for_each_task_has_no_slope() -> None:
    """A process that runs one task has no growth of its own; the group of all workers has."""
    usage = tuple(
        Usage(at=at * SECOND, group="workers", resident_bytes=5_000 * at, cpu_seconds=0.0) for at in range(1, 101)
    )
    trace = session(*(note(1, 1_000, process=process) for process in range(50)), usage=usage)

    assert resident_growth(trace) is None
    assert group_growth(trace) == pytest.approx(5_000_000)


def test_connections() -> None:
    """What was open before a worker ran is not the workers'."""
    counts = [
        Connections(at=at, open=number, workers=workers) for at, number, workers in ((1, 2, 0), (2, 5, 1), (3, 4, 1))
    ]

    assert worker_connections(session(connections=tuple(counts))) == 3
    assert worker_connections(session(connections=tuple(counts[:1]))) is None


def test_connections_that_come_and_go() -> None:
    """A short connection just before a worker, and those left when the workers have ended, change nothing."""
    counts = ((1, 9, 0), (2, 2, 0), (3, 2, 0), (4, 3, 0), (5, 4, 1), (6, 4, 1), (7, 1, 0))
    entries = tuple(Connections(at=at, open=number, workers=workers) for at, number, workers in counts)

    assert worker_connections(session(connections=entries)) == 2


def test_notes_are_kept(tmp_path: Path) -> None:
    """Notes and counts survive the file of a trace."""
    trace = session(note(20, 5, 3), connections=(Connections(at=1, open=2, workers=1),))

    assert read_trace(write_trace(tmp_path, trace)) == trace
