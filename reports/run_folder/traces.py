"""The trace of one session with a target: one compressed file, its record, its writer and its reader.

The file is gzip. Its first line is JSON, the header. The times follow it: for each column of `TIMES` as many 64-bit
little-endian integers as there are tasks, each as the difference to the one before it, which compresses well.
"""

import gzip
import itertools
import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

import msgspec

from taskgauge.reports.run_folder.documents import FORMAT
from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNewer, TraceTwice
from taskgauge.reports.run_folder.printable import printable

SUFFIX = ".trace.gz"
TIMES = ("intended", "enqueue_begin", "enqueue_end", "started", "finished")
"""The columns of times. They are nanoseconds of the monotonic clock, counted from the begin of the session."""
NEVER = 0
"""The value of a time that did not come."""

type Arrival = Literal["backlog", "burst", "calls", "rate", "idle", "waiting", "retained"]
type RowName = Literal["production", "installed", "chart"]
type PhaseName = Literal["enqueue", "run", "get_result", "idle", "execute"]
type Ending = Literal["all ran", "enqueued", "box", "quiet", "refused", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The tasks that are sent to a target, and the processes that send and run them."""

    arrival: Arrival
    """The times at which tasks arrive.

    `backlog`: all before a worker runs; `burst`: all at once, with a worker; `calls`: no worker ever runs; `rate`: at
    fixed times, whatever the target does; `idle`: one at a time, each after a pause in which nothing waits; `waiting`
    and `retained`: as many as wait, or whose results are kept, at each size at which the session measures.
    """
    tasks: int
    workers: int = 1
    """The number of worker processes; a target without a worker process runs its tasks in its own way."""
    box: float = 15.0
    """The seconds from the first start after which the session ends."""
    rate: float | None = None
    """The intended tasks a second of an open loop."""
    share: int | None = None
    """The percentage of the target's own capacity that `rate` is."""
    producing_hosts: int = 0
    """The number of hosts that send at the same time; 0: this machine alone."""
    working_hosts: int = 0
    """The number of hosts whose workers run the tasks; 0: this machine alone, or no worker."""
    transaction: bool = False
    """True if each task is enqueued in a transaction of its own; the commit is outside of the measured call."""
    call: Literal["enqueue", "aenqueue"] = "enqueue"
    """The method that is called for each task."""
    producers: int = 1
    """The threads that call `enqueue`, or the coroutines of one event loop that call `aenqueue`, at the same time."""
    payload: int = 0
    """The characters of the text that each task takes as an argument; 0 if it takes none."""
    probe: int | None = None
    """The number of this session in the search for the target's capacity; None: it belongs to no search."""
    row: RowName = "production"
    """The settings and worker words: as the target's documentation recommends for production, as installed, or as in
    the published chart. Workers of the chart end by themselves when nothing waits, if they can; tasks return their
    number."""
    processes: int | None = None
    """The worker processes that each command starts; None: as the row has it."""
    concurrency: int | None = None
    """The tasks that each of these processes runs at once; None: as the row has it."""
    read_ahead: int | None = None
    """The tasks that a process takes in advance, for each that it runs at once; None: as the row has it."""
    counted: bool = False
    """True if the session counts what the store gets, by phase; it has no rate."""
    quiet: float = 0.0
    """The seconds in which nothing is enqueued, and the costs of idle workers are counted."""
    distance: float = 0.0
    """The milliseconds that data takes from the worker to the store, and back again."""
    stepped: bool = False
    """True if the steps of enqueue and execution are timed; the session has no rate."""
    priorities: tuple[int, ...] = ()
    """The priorities of the tasks by number, repeated; empty if all have the default."""
    queues: tuple[str, ...] = ()
    """The same of their queues."""
    deferrals: tuple[float, ...] = ()
    """The same of the seconds from enqueue to `run_after`. The due time of a task is in the column `intended`."""
    in_memory: bool = False
    """True if the store keeps tasks in memory only: Redis without its append-only file; SQLite in the producer, which
    runs the worker's command as well."""
    silenced: bool = False
    """True if no process of the target makes log records below an error."""
    inspected: bool = False
    """True if the tasks note the memory of their process, and the connections at the store are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The memory and processor time of a group of processes at one time."""

    at: int
    """Nanoseconds from the begin of the session."""
    group: Literal["producers", "workers", "store", "driver", "machine"]
    """The processes: those of a session, the one that drives it, or all of the machine."""
    resident_bytes: int
    cpu_seconds: float
    """The processor time until then, that of ended children included."""
    busiest: float | None = None
    """The processor seconds, since the group's last sample, of the process that used most of them since then.

    Only processes that still run count. None in the first sample of a group, for the driver and the machine, and in
    older traces.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The bare operations a second that the machine allowed before and after the tasks of a session."""

    name: str
    """The operation, such as `commits of postgresql`."""
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of a session whose costs are counted apart from the rest."""

    name: PhaseName
    """`enqueue` and `get_result`: calls where no worker runs; `idle`: a window in which nothing is enqueued.

    `run`: from a moment in the body of a task to a moment in the body of a later task, so that it holds one finish
    and one claim for each task between them. `execute`: from the end of a task's body to the begin of the next one, or
    all but the body where enqueue() itself runs the task.
    """
    units: int
    """The number of calls or tasks in it; of an idle window, the number of worker processes."""
    seconds: float
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """For each kind of store that was counted, the statements, commands or messages, by text."""
    worker_cpu_seconds: float | None = None
    """The processor time of worker processes; None without any."""
    log_bytes: int = 0
    log_lines: int = 0
    """The bytes and lines that the workers printed."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """The nanoseconds of all units by step, the cost of the timers taken off; empty if steps were not timed."""
    whole: float | None = None
    """The nanoseconds of a unit without timers, measured in turn with the units that have timers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The measurement of a session of growing size at one size."""

    size: int
    """The tasks that waited, or whose results were kept, when the measurement began."""
    first: int
    """The number of the first task that was enqueued to be measured."""
    count: int
    """The number of tasks that were enqueued to be measured."""
    lookups: tuple[int, ...] = ()
    """The nanoseconds of calls of get_result()."""
    drained_from: int = 0
    """Nanoseconds from the begin of the session to the start of a worker after the calls; 0 if there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNote:
    """The memory of a process that runs tasks, after so many of its tasks."""

    process: int
    """The number of the process, from 0."""
    tasks: int
    at: int
    """Nanoseconds from the begin of the session."""
    blocks: int
    """The blocks that Python's allocator holds."""
    resident_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The open connections at the store at one time."""

    at: int
    """Nanoseconds from the begin of the session."""
    open: int
    workers: int
    """The number of worker processes at that time that the driver started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """The difference of a host's monotonic clock to the driver's, measured by messages there and back."""

    ns: int
    """The host's clock minus the driver's, in nanoseconds."""
    error: int
    """Half of the time of the quickest message there and back, in nanoseconds: the offset is right within this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A host that took part in a session of several hosts; the trace has the times of its own clock."""

    host: str
    hosts: tuple[str, ...]
    """The names of all hosts of the session."""
    machine: str = ""
    """The identity of the running kernel; hosts with the same one share their processors."""
    workers: int = 0
    """The number of its worker processes."""
    offered: int = 0
    """The tasks that were due on it; without a rate, the tasks that it sent."""
    sent: int = 0
    """The tasks that it sent before the end of its window."""
    seconds: float = 0.0
    """The length of the window that it was told."""
    before: ClockOffset | None = None
    after: ClockOffset | None = None
    producer_cpu: float = 0.0
    """The processor seconds of its producer in the window."""
    busy: float = 0.0
    """The share of all processors of its machine that was busy in the window."""
    store_cpu: float | None = None
    """The processor seconds of the store's server in the window, if it reports them."""
    elsewhere: tuple[int, ...] = ()
    """Nanoseconds from enqueue to start of tasks that ran on other hosts, by the measured offsets."""
    elsewhere_error: int = 0
    """The nanoseconds by which each of these can be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The facts of a session."""

    part: str
    target: str
    repetition: int
    workload: Workload
    contract: str
    """The guarantee that the target's store gives; only targets with the same one are compared."""
    is_floor: bool = False
    ending: Ending
    """The end of the session.

    `all ran`: each task finished; `enqueued`: no worker was to run any; `box`: its time was over;
    `quiet`: tasks were left, but no worker ran any for long;
    `refused`: the target cannot do this; `failed` and `interrupted`: it was cut short.
    """
    reason: str = ""
    """The reason if the session failed or was refused."""
    doubled: tuple[int, ...] = ()
    """Numbers of tasks that started or finished more than once."""
    states: Mapping[str, int] = field(default_factory=dict)
    """The number of results by status, of finished tasks whose result was looked up after the session."""
    states_of_left: Mapping[str, int] = field(default_factory=dict)
    """The same of tasks that never started; UNKNOWN if the backend does not know the result."""
    usage: tuple[Usage, ...] = ()
    log_bytes: int = 0
    """The bytes that the workers printed."""
    driver_ns: float | None = None
    """The nanoseconds of the producer's own work for each task, measured with a function that does nothing."""
    stall_ns: int | None = None
    """The longest time for which the producer's event loop did not run a coroutine that was due."""
    idle_stall_ns: int | None = None
    """The same of an event loop with nothing to do: shorter stalls are noise."""
    resolved: Mapping[str, str] = field(default_factory=dict)
    """The settings and the worker's command, as they are in effect."""
    differences: Mapping[str, str] = field(default_factory=dict)
    """The settings that differ from the row as installed."""
    links: Mapping[str, str] = field(default_factory=dict)
    """The sentences of the documentation that recommend the differences, by address."""
    ceilings: tuple[Ceiling, ...] = ()
    poll_seconds: float | None = None
    """The seconds after which an idle worker looks again; None: the store wakes it."""
    worker_processes: int | None = None
    """The worker processes that one command starts, as far as the descriptor says."""
    worker_begin: int = 0
    """Nanoseconds from the begin of the session to the start of the first worker's command; 0 if there was none."""
    worker_end: int = 0
    """The same to the end of the last worker that ended by itself, with nothing left to do; 0 if none did."""
    processors: float | None = None
    """The processors of the machine that the session may use; None if the trace does not say it."""
    slots: int | None = None
    """The tasks that all workers together run at once, as far as the descriptor says."""
    phases: tuple[Phase, ...] = ()
    not_counted: Mapping[str, str] = field(default_factory=dict)
    """The reason for each kind of store without counters, in a session that counts."""
    marks: tuple[Mark, ...] = ()
    """The sizes that a session of growing size reached."""
    memory: tuple[MemoryNote, ...] = ()
    connections: tuple[Connections, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Conditions that belong beside a figure, such as the poll interval."""
    agent: Agent | None = None
    """The host of this trace, if several hosts took part in the session."""
    tasks: int = 0
    """The number of values of each column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A session: its facts, and for each task its five times."""

    header: Header
    intended: array[int]
    enqueue_begin: array[int]
    enqueue_end: array[int]
    started: array[int]
    finished: array[int]


def empty_times(tasks: int) -> array[int]:
    """Return a column without times."""
    return array("q", bytes(8 * tasks))


def trace_file(folder: Path, header: Header) -> Path:
    """Return the path of a session's trace in a run folder."""
    load = header.workload
    words = [f"{header.repetition:04d}", header.target, load.arrival, f"{load.tasks}", f"{load.workers}w"]
    host = [f"on-{header.agent.host.replace('/', '-')}"] if header.agent else []
    name = "-".join([*words, *cell_words(load), *host])
    return folder / header.part / f"{name}{SUFFIX}"


def cell_words(load: Workload) -> list[str]:
    """Return words that tell workloads apart, besides arrival, tasks and workers: one for each field that is set.

    A field of a workload is therefore part of the name of its trace, and of its key.
    """
    words = ["transaction"] if load.transaction else []
    words += [f"{load.share}percent"] if load.share else []
    words += [load.call] if load.call != "enqueue" else []
    words += ["counted"] if load.counted else []
    words += ["stepped"] if load.stepped else []
    words += ["in-memory"] if load.in_memory else []
    words += ["silenced"] if load.silenced else []
    named = {"arrival", "tasks", "workers", "box", "rate", "share", "transaction", "call", "counted", "stepped"}
    named |= {"in_memory", "silenced"}
    values = {entry.name: (getattr(load, entry.name), entry.default) for entry in fields(load)}
    others = {name: value for name, (value, default) in values.items() if name not in named and value != default}
    return words + [f"{len(set(value)) if isinstance(value, tuple) else value}{name}" for name, value in others.items()]


def write_trace(folder: Path, trace: Trace) -> Path:
    """Write a session's trace into a run folder in one step, and return its path. Raises TraceTwice, OSError."""
    columns = [getattr(trace, name) for name in TIMES]
    header = msgspec.to_builtins(trace.header) | {"format": FORMAT, "tasks": len(columns[0])}
    content = b"".join([json.dumps(printable(header)).encode(), b"\n", *map(_packed, columns)])
    path = trace_file(folder, trace.header)
    if path.exists():
        raise TraceTwice(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    # Without the time in the header, equal traces make equal files.
    unfinished.write_bytes(gzip.compress(content, compresslevel=6, mtime=0))
    unfinished.replace(path)
    return path


def read_trace(path: Path) -> Trace:
    """Return a session's trace. Raises RunFileBroken, RunFolderNewer."""
    try:
        line, _, times = gzip.decompress(path.read_bytes()).partition(b"\n")
        header = json.loads(line)
        if (number := header.get("format", FORMAT)) > FORMAT:
            raise RunFolderNewer(path, number, FORMAT)
        facts = msgspec.convert(printable(header), Header)
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it is not a gzip file") from error
    except (EOFError, zlib.error, ValueError, AttributeError) as error:
        raise RunFileBroken(path, f"{error}" or "it is cut short") from error
    if len(times) != facts.tasks * 8 * len(TIMES):
        raise RunFileBroken(path, f"it has {len(times)} bytes of times for {facts.tasks} tasks")
    step = facts.tasks * 8
    columns = {name: _unpacked(times[place * step : (place + 1) * step]) for place, name in enumerate(TIMES)}
    return Trace(header=facts, **columns)


def read_traces(paths: Iterable[Path]) -> list[Trace]:
    """Return the traces of these files. Raises RunFileBroken, RunFolderNewer."""
    return [read_trace(path) for path in paths]


def _packed(column: array[int]) -> bytes:
    steps = array("q", (after - before for before, after in itertools.pairwise([0, *column])))
    return _little_endian(steps).tobytes()


def _unpacked(content: bytes) -> array[int]:
    steps = array("q")
    steps.frombytes(content)
    return array("q", itertools.accumulate(_little_endian(steps)))


def _little_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
